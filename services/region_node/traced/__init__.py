"""The parts of a node that make spans, each in place of the part that does not: see docs/tracing.md."""
