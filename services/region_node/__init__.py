"""A region's node: one supervisor, several API workers, one replicator, one auditor."""
