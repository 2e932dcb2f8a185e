"""The STS API: who asks."""
