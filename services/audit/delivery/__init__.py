"""The trail's entries as files in CloudTrail's layout: in a directory, or in an S3-compatible bucket."""
