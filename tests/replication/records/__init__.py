"""Tests of `replication/records`."""
