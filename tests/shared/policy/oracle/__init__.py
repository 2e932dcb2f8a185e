"""A second evaluator of policies, written from AWS's documentation alone: plain, slow, and no relative of the engine."""
