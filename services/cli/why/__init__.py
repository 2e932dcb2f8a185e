"""`keytide explain`, `simulate` and `policy`: who may do what, and why."""
