"""Tests of `services/cli/accounts`."""
