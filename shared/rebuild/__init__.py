"""A region that is built anew, and whom its peers believe."""
