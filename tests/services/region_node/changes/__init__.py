"""Tests of `services/region_node/changes`."""
