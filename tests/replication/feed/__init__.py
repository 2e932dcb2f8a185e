"""Tests of `replication/feed`."""
