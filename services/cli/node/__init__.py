"""`keytide node`: serve as a node, or have another one in the region."""
