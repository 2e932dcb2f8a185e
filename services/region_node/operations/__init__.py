"""The one table of operations and their handlers."""
