"""Processes as the operating system sees them: life line, hardening, logs, children that are kept alive."""
