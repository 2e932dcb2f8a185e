"""May this caller do this? The request as condition keys, the question to `shared/policy`, and how a refusal reads."""
