"""Tests of `services/cli/audit`."""
