"""Tests of `services/region_node/erasure`."""
