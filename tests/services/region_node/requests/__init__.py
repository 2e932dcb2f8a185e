"""Tests of `services/region_node/requests`."""
