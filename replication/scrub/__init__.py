"""A region's own logs, read again slowly, against what its state knows."""
