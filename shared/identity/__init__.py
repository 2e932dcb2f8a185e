"""Accounts, users and access keys."""
