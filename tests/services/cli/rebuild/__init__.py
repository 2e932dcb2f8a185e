"""Tests of `services/cli/rebuild`."""
