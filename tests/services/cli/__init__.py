"""Tests of `services/cli`."""
