"""Usage at work: what the audit trail tells, counted and kept for longer than the trail itself."""
