"""What a node does for its operator."""
