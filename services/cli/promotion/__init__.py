"""`keytide promote` and `keytide overtaken`: a lost primary."""
