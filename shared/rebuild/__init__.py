"""Archives of a region as its log knows them."""
