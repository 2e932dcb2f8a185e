"""A second evaluator of policies, plain and slow, from AWS's documentation and no relative of the engine."""
