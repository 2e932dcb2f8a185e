"""Tests of `replication/derived`."""
