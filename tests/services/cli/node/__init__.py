"""Tests of `services/cli/node`."""
