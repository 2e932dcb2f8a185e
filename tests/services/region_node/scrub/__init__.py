"""Tests of `services/region_node/scrub`."""
