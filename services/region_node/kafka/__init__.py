"""A node at a Kafka cluster: how it is let in, which topics it has, what it watches, what its administrator runs."""
