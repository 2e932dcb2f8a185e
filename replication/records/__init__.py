"""What stands in a log: signed envelopes, their bodies, where they stand, and words that prove it."""
