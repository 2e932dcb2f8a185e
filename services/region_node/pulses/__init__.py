"""How a region stands with its peers: its pulses and theirs, and the barriers that wait for them."""
