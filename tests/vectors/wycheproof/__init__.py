"""Wycheproof's vectors, through the product's own functions."""
