"""Tests of `replication/kafka`."""
