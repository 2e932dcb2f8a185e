"""Heartbeats: how far a region is, by its own signed word; how fresh what was adopted is."""
