"""Tests of `services/front_door`."""
