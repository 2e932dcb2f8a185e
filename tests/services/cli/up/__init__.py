"""Tests of `services/cli/up`."""
