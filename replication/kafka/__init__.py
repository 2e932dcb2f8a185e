"""A region's log on Apache Kafka: its topic, appending to it, and what a broker's refusal means."""
