"""`keytide usage`, `cost`, `scream` and `key deletable`: who used which key, and who would miss it."""
