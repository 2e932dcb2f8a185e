"""The processes: thin shells around `replication` and `shared`."""
