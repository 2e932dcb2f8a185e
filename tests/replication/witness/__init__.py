"""Tests of `replication/witness`."""
