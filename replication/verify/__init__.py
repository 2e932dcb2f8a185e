"""The checker of logs and state: the rules of the fold, written a second time."""
