"""A region's keys at rest and in memory: the root, the sealed files, the vault."""
