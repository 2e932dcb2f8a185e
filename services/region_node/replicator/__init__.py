"""The replicator: what alone writes its region's log and state, and how it is asked."""
