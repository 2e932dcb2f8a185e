"""What the keys and requests of a month would cost."""
