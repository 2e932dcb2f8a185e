"""What travels between a client and the node: AWS JSON 1.1, SigV4, the table of errors."""
