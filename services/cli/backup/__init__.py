"""`keytide backup` and `keytide restore`."""
