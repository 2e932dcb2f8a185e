"""The one command, `keytide`."""
