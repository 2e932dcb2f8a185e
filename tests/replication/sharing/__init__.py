"""Tests of `replication/sharing`."""
