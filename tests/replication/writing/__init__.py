"""Tests of `replication/writing`."""
