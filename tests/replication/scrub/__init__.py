"""Tests of `replication/scrub`."""
