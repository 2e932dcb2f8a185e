"""What is dangerous, wrong or of no use in a policy, found without a request."""
