"""From the log to the state: verdicts from envelopes alone, conditions, changes. Every reader folds alike."""
