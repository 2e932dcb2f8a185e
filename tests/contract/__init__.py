"""Suites that several implementations of one contract pass alike."""
