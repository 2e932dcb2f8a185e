"""The audit trail of a region as one node keeps it: an archive of frames, an index, and books that are never lost."""
