"""Audit entries from a worker's disk to the region's audit log: written, read again, sent."""
