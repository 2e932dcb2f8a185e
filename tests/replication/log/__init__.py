"""Tests of `replication/log`."""
