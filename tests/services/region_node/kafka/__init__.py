"""Tests of `services/region_node/kafka`."""
