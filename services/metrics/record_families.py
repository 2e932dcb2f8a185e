"""The rows of the table for records: from their being appended in one region to their being adopted in another."""

from services.metrics.family import COUNTER, HISTOGRAM, Family

DELAY_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0)

_PARTITION = ("partition",)

RECORDS = (
    Family("records_appended", COUNTER, _PARTITION, "Records of this process that the log has shown again."),
    Family("records_applied", COUNTER, _PARTITION, "The sequence: records applied since the log began, void ones too."),
    Family("records_shared", COUNTER, _PARTITION, "Records that are for the peers, since the log began."),
    Family("records_published", COUNTER, _PARTITION, "Those of them that stand in the shared log."),
    Family("records_adopted", COUNTER, ("partition", "peer"), "Records of the peer adopted here, since its log began."),
    Family(
        "publication_delay_seconds",
        HISTOGRAM,
        (),
        "From the author's time of a record until it stood in the shared log.",
        DELAY_SECONDS,
    ),
    Family(
        "adoption_delay_seconds",
        HISTOGRAM,
        ("peer",),
        "From the author's time of a peer's record, by its clock, until it was applied here.",
        DELAY_SECONDS,
    ),
    Family("alarms", COUNTER, ("kind",), "Records refused, missing or contradicting; the log says which and why."),
)
