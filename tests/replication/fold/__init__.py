"""Tests of `replication/fold`."""
