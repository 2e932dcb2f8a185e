"""Traces by OpenTelemetry, from a request to its record and to what other regions make of that."""
