"""Request and response types of IAM, held against the service model by a test."""
