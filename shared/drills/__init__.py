"""What a region's log says of drills."""
