"""Whole regions under faults, in virtual time and from a seed."""
