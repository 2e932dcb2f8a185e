"""Tests of `services/region_node/peers`."""
