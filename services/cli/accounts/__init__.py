"""`keytide account`, `service` and `scp`: accounts, their access keys, what binds them."""
