"""Tests of `services/region_node/replicator`."""
