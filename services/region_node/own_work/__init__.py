"""What a node does by itself, without a leader and without a request."""
