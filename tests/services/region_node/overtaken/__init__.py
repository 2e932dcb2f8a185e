"""Tests of `services/region_node/overtaken`."""
