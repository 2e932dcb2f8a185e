"""The scrub of a running node: its reading, its findings, and what guards the node from a damaged log."""
