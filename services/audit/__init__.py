"""The audit trail of a region at work: spools on disk, the way to the audit log, the index, the proofs."""
