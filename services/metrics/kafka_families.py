"""The rows of the table for logs on Kafka; absent where no log is on Kafka."""

from services.metrics.family import COUNTER, GAUGE, Family

_LOG = ("log",)

KAFKA = (
    Family("kafka_reachable", GAUGE, _LOG, "1 if a broker answers for the log."),
    Family("kafka_lag", GAUGE, _LOG, "Positions of the log that have not been read yet."),
    Family(
        "kafka_last_append_timestamp_seconds",
        GAUGE,
        _LOG,
        "When an append was last acknowledged; absent: not since the start.",
    ),
    Family("kafka_leaderless_partitions", GAUGE, _LOG, "Partitions that nobody leads."),
    Family("kafka_under_replicated_partitions", GAUGE, _LOG, "Partitions with fewer replicas in sync than they have."),
    Family("kafka_retries", COUNTER, _LOG, "Questions to brokers that had to be asked again."),
    Family("kafka_unknown_appends", COUNTER, _LOG, "Appends whose outcome only the log could tell."),
    Family("kafka_broker_up", GAUGE, ("broker",), "1 if the broker is in its cluster."),
)
