"""Tests of `services/region_node/worker`."""
