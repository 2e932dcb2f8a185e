"""Tests of `replication/reports`."""
