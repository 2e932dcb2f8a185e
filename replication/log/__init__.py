"""A region's log: its contract, and the embedded one, on the disk of one machine (LMDB)."""
