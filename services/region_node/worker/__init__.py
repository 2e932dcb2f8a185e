"""A worker: what it holds of its region in memory, its threads, its figures."""
