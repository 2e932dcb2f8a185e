"""A proxy of external key stores that is not ours to test: it shares no code with what speaks to it."""
