"""Custom key stores: where the keys of an account lie when they do not lie in the region itself."""
