"""`keytide drill`: regions are broken on purpose, and a report says what became of it."""
