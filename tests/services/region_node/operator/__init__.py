"""Tests of `services/region_node/operator`."""
