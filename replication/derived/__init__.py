"""Audit entries that follow from a record of the region's log."""
