"""Tests of `services.local_kafka`."""
