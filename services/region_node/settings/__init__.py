"""What one node of a region is told by its settings file; each subject's part stands with the subject."""
