"""Audit first: the entry of a call, durable before its answer leaves."""
