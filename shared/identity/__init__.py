"""Accounts, and who is in them: users, groups, roles, policies, providers, sessions, access keys."""
