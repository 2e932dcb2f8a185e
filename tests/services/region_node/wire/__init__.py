"""Tests of `services/region_node/wire`."""
