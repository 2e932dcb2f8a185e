"""One address for the clients of every region: finds the region in the signature and passes the bytes on."""
