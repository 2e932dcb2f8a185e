"""The proof of the audit trail at work: digests when they are due, cosignatures of peers, the check offline."""
