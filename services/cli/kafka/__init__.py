"""`keytide kafka`: what the administrator of a Kafka cluster does for a region."""
