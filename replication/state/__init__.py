"""The state that the fold builds: rows and indexes in a store, and the views that decisions and requests read."""
