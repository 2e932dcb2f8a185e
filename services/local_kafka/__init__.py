"""A real Apache Kafka broker on loopback, without containers: for `keytide up --kafka` and for the tests."""
