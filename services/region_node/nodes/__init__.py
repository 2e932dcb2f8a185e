"""Several nodes of one region: leases, the channel between them, and how one joins."""
