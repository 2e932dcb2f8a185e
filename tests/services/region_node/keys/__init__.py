"""Tests of `services/region_node/keys`."""
