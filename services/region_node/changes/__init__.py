"""A change on its way: decided, drafted, submitted, and decided again where it came to nothing."""
