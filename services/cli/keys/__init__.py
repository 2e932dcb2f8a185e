"""`keytide key`, `erasure` and `root`: keys, and what they are sealed under."""
