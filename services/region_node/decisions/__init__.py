"""What was decided, for the owner's side to ask why: a bounded record of this node, outside its state and its log."""
