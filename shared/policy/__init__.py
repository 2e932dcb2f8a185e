"""Policies: read strictly, compiled, asked; who may do what, and why."""
