"""From a decided change to a record in the log and its verdict; whose turn it is to write, and until when a node
serves."""
