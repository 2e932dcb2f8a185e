"""`keytide rebuild`: a region that has lost everything."""
