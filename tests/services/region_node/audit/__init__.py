"""Tests of `services/region_node/audit`."""
