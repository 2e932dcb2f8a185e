"""Archives of a region: made, kept closed by shares of their keys, restored."""
