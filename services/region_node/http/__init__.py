"""HTTP/1.1 as a worker speaks it: requests in, answers out, in their order."""
