"""Grants: permissions on one key, given to one principal."""
