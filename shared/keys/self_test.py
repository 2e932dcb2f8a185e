"""The key with which a run proves itself, told by its description: an alias of it is in one region alone."""

SELF_TEST_DESCRIPTION = "The key with which keytide up tests itself at every start"
