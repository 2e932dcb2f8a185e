"""How a node comes to a state that may be served: built, caught up with, set aside where it is damaged."""
