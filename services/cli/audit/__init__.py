"""`keytide audit`: the trail asked, exported, verified."""
