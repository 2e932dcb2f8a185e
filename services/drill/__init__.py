"""Drills: regions are broken on purpose under load, and what became of it is reported."""
