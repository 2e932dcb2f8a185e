"""The rows of the table for the audit trail: of each worker its spool, of the auditor the trail."""

from services.metrics.family import COUNTER, GAUGE, Family

_WORKER = ("worker",)

SPOOLS = (
    Family("audit_entries", COUNTER, _WORKER, "Audit entries that are durable in the spool."),
    Family("audit_frames", COUNTER, _WORKER, "Frames of the spool: as often it was fsynced."),
    Family("audit_sync_seconds", COUNTER, _WORKER, "Spent writing and fsyncing frames."),
    Family("audit_failures", COUNTER, _WORKER, "Writes and fsyncs of the spool that failed."),
    Family("audit_passed_over", COUNTER, _WORKER, "Entries of reads lost while the spool could not be written."),
    Family("audit_unauthenticated_passed_over", COUNTER, _WORKER, "Refusals that were too many for the security log."),
    Family("audit_waiting", GAUGE, _WORKER, "Answers that wait for their entry."),
    Family(
        "audit_failing", GAUGE, _WORKER, "Whether the spool cannot be written: uses of keys and changes are refused."
    ),
)

TRAIL = (
    Family("audit_auditor_up", GAUGE, (), "Whether the node's auditor runs: if not, none of its other figures is."),
    Family("audit_shipped", COUNTER, (), "Entries sent from this node to the region's audit log."),
    Family("audit_taken_up", COUNTER, (), "Entries taken up by this node's trail."),
    Family("audit_foreign_records", COUNTER, (), "Records of the audit log that are not the region's."),
    Family("audit_unknown_records", COUNTER, (), "Records of the audit log that this version does not know."),
    Family("audit_unreadable_entries", COUNTER, (), "Entries that this version does not read: kept, and not found."),
    Family("audit_round_faults", COUNTER, (), "Faults of the auditor's rounds."),
    Family("audit_log_trouble", GAUGE, (), "Whether something hinders the audit log."),
    Family("audit_derivation_trouble", GAUGE, (), "Whether something hinders the reading of the region's log."),
    Family("audit_derivation_behind", GAUGE, (), "Positions of the region's log whose entries are not derived yet."),
    Family("audit_behind", GAUGE, (), "Positions of the audit log that are not taken up yet."),
    Family("audit_spool_bytes", GAUGE, (), "Of the spools, not sent yet."),
    Family("audit_lag_entries", GAUGE, (), "Entries sent from this node that have not come back yet."),
    Family("audit_lag_seconds", GAUGE, (), "Since the trail last had all that was read of the spools."),
    Family("audit_waiting_chains", GAUGE, (), "Chains with entries that wait for those before them."),
    Family("audit_holes", GAUGE, (), "Stretches of entries that this node has never got."),
    Family("audit_forks", GAUGE, (), "Frames that contradicted their chain, ever."),
    Family("audit_changed", GAUGE, (), "Frames with an entry that was changed on its way, ever."),
    Family("audit_refused_proofs", GAUGE, (), "Digests and cosignatures in the audit log that do not count, ever."),
    Family("audit_new_logs", GAUGE, (), "How often the audit log was found to be another one."),
    Family("audit_segments", GAUGE, (), "Files of the trail."),
    Family("audit_bytes", GAUGE, (), "What the trail takes on the disk."),
    Family("audit_dropped_segments", GAUGE, (), "Files that retention has dropped, ever."),
    Family("audit_digest", GAUGE, (), "Number of the last signed digest."),
    Family("audit_digest_age_seconds", GAUGE, (), "From the end of what the last digest covers to now, or back."),
    Family("audit_cosigned_digest", GAUGE, (), "Number of the last digest that every peer which cosigns has cosigned."),
    Family("audit_delivered_digest", GAUGE, (), "Number of the last digest whose entries were delivered as files."),
    Family("audit_delivery_waiting", GAUGE, (), "Digests whose entries are not delivered yet."),
    Family("audit_delivery_failures", GAUGE, (), "Failed deliveries since the auditor began; each is tried again."),
    Family("audit_delivery_lost", GAUGE, (), "Frames that retention had dropped before they were delivered."),
    Family("audit_usage_behind", GAUGE, (), "Frames of the trail that are not counted as usage yet."),
    Family("audit_damaged_spools", GAUGE, (), "Spool files with bytes that are no frame; they are kept."),
)
