"""Figures for Prometheus: the one table of metric families, plain numbers, and their exposition."""
