"""Who used which key, for what, how often and when last: counted from audit entries."""
