"""What one node of a region is told by its settings file, subject by subject."""
