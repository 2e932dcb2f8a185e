"""The rows of the table for a region as a whole: whether it is well, how far its peers are, and what waits."""

from services.metrics.family import GAUGE, Family

_PEER = ("peer",)

REGION = (
    Family("replicator_up", GAUGE, (), "1 if the replicator answers."),
    Family("ready", GAUGE, (), "1 if the region is ready."),
    Family("serving_lease", GAUGE, (), "1 if the node may serve."),
    Family("serving_lease_seconds", GAUGE, (), "For how long it may; absent where the node is alone."),
    Family("state_bytes", GAUGE, (), "Size of the state."),
    Family("waiting_partitions", GAUGE, (), "Partitions that wait for a missing record."),
    Family("log_troubles", GAUGE, (), "Logs that cannot be read or written at the moment."),
    Family("unwitnessed", GAUGE, (), "1 if no peer has confirmed the log since the start."),
    Family("contradicted", GAUGE, (), "1 if a peer denies the log."),
    Family("evidence", GAUGE, (), "Peers that have contradicted themselves."),
    Family("staleness_limit_seconds", GAUGE, (), "The region's limit; absent where there is none."),
    Family("peer_seconds_behind", GAUGE, _PEER, "Since when not all that the peer had shared is adopted here."),
    Family("peer_records_behind", GAUGE, _PEER, "Records that the peer has shared and that are not adopted here."),
    Family("peer_records_behind_there", GAUGE, _PEER, "Records shared here that the peer has not adopted."),
    Family("peer_pulse_age_seconds", GAUGE, _PEER, "Age of the peer's last pulse."),
    Family("unadopted_records", GAUGE, (), "Own shared records that no other region has."),
    Family("oldest_unadopted_seconds", GAUGE, (), "Age of the oldest of them."),
    Family("scrub_findings", GAUGE, (), "Damage in the own logs, behind the state."),
    Family("scrub_progress", GAUGE, (), "How much of the present reading is done, from 0 to 1."),
    Family("scrub_completed_timestamp_seconds", GAUGE, (), "When the last whole reading ended."),
    Family("days_since_proven_recovery", GAUGE, (), "Days since the last drill passed; absent before the first."),
    Family("keys_lacking", GAUGE, (), "Keys of which material could not be opened here."),
    Family("erasures_waiting", GAUGE, (), "What was destroyed and is not erased yet."),
    Family("erasure_oldest_seconds", GAUGE, (), "How long the oldest of it has waited."),
    Family("alias_conflicts", GAUGE, (), "Aliases that cannot follow their key's primary."),
    Family("overtaken_changes", GAUGE, (), "Changes that a promotion has overtaken and nobody has decided on."),
)
