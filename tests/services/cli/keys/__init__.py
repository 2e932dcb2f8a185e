"""Tests of `services/cli/keys`."""
