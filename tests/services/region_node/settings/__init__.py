"""Tests of `services/region_node/settings`."""
