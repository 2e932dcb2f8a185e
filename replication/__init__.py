"""The log of a region and what is built from it. Imports `shared`, never `services`."""
