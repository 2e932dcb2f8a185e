"""Tests of `services/region_node/http`."""
