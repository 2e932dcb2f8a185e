"""Forced promotion, and what follows from it."""
