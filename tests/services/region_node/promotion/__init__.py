"""Tests of `services/region_node/promotion`."""
