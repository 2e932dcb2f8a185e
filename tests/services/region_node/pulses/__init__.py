"""Tests of `services/region_node/pulses`."""
