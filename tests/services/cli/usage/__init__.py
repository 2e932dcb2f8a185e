"""Tests of `services/cli/usage`."""
