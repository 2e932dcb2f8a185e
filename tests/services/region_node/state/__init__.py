"""Tests of `services/region_node/state`."""
