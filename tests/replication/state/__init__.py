"""Tests of `replication/state`."""
