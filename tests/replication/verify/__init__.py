"""Tests of `replication/verify`."""
