"""Keys: their state, the table of key specs, the legal transitions, and the decisions that change them."""
