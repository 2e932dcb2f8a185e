"""Tests of `services/cli/promotion`."""
