"""Aliases: regional names of keys."""
