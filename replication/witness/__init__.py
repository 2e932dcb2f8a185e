"""What regions have seen of each other's logs, what that proves, and what may be served after a start."""
