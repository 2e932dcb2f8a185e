"""The STS API: sessions, and who asks."""
