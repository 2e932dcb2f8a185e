"""Multi-region keys that begin with their replicas."""
