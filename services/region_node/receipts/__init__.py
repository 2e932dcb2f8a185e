"""What AWS has no operation for: proof of where a change has been adopted."""
