"""Tests of `services/cli/proofs`."""
