"""What a region shares with its peers, and how it adopts what they share."""
