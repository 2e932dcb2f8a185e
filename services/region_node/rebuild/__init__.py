"""A region that has lost everything and is built anew from its peers: its own part, and its peers'."""
