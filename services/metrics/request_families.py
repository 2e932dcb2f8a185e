"""The rows of the table for requests: what each worker tells of them, and what the front door does."""

from services.metrics.family import COUNTER, GAUGE, HISTOGRAM, Family

LATENCY_SECONDS = (
    0.0001,
    0.00025,
    0.0005,
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
    5.0,
    15.0,
)

_CACHE, _LANE = ("worker", "cache"), ("worker", "lane")

WORKERS = (
    Family("requests", COUNTER, ("worker", "operation", "code"), "Answered requests; code OK, or the error's."),
    Family(
        "request_seconds",
        HISTOGRAM,
        ("worker", "operation"),
        "From the whole request to its answer.",
        LATENCY_SECONDS,
    ),
    Family("throttled", COUNTER, ("worker", "quota"), "Requests refused because an account had used up the quota."),
    Family("cache_hits", COUNTER, _CACHE, "Look-ups that found what was kept."),
    Family("cache_misses", COUNTER, _CACHE, "Look-ups that had to work it out."),
    Family("cache_entries", GAUGE, _CACHE, "What is kept at the moment."),
    Family("work_waiting", GAUGE, _LANE, "Heavy work that threads do or that waits for them."),
    Family("work_refused", COUNTER, _LANE, "Heavy work refused because too much of it waited."),
    Family("key_store_calls", COUNTER, ("worker", "kind", "outcome"), "Calls to what keeps keys outside the region."),
    Family(
        "key_store_call_seconds",
        HISTOGRAM,
        ("worker", "kind"),
        "How long what keeps keys outside the region takes for an answer.",
        LATENCY_SECONDS,
    ),
    Family(
        "trace_spans", COUNTER, ("process", "outcome"), "Spans: sent, lost on the way, or dropped for want of room."
    ),
)

DOOR = (
    Family(
        "door_requests",
        COUNTER,
        ("asked", "outcome"),
        "Requests at the front door by the region asked; outcome is the class of the region's status, or the refusal.",
    ),
    Family("door_connections", GAUGE, (), "Clients that are connected."),
    Family("door_connections_dismissed", COUNTER, (), "Idle or slow clients that had to go for want of room."),
    Family("door_connections_turned_away", COUNTER, (), "Clients for whom there was no room."),
    Family("door_held_bytes", GAUGE, (), "Of requests that are not whole yet."),
)
