"""The nodes of a region: who belongs to it."""
