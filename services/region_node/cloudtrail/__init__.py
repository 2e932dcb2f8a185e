"""CloudTrail's questions to the audit trail, at the region's own endpoint."""
