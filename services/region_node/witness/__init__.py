"""Fork and rollback detection: what a region has seen of its peers, and what they must confirm before it serves."""
