"""Tests of `services/region_node/own_work`."""
