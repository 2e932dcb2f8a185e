"""Tests of `services/cli/drill`."""
