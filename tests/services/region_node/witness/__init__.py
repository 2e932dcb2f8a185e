"""Fork and rollback detection of a node."""
