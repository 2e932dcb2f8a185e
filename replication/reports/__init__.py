"""What a region's state tells of archives, of rebuilds, and of what is not erased yet."""
