"""Tests of `replication/pulses`."""
