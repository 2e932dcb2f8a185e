"""Tests of `services/cli/kafka`."""
