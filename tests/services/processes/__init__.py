"""Tests of `services/processes`."""
