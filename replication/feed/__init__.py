"""What a region's peers may ask of it over the network, and the messages of that."""
