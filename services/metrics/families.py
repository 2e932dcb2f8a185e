"""The one table of metric families: everything that a region or the front door tells Prometheus.

Owns their names, kinds, labels and meanings, by who tells them. A figure that has no row here is not told: whoever
counts something new begins with its row. `docs/metrics.md` shows the same table:
`python -m tests.services.metrics.page` writes it there.
"""

from collections.abc import Mapping

from services.metrics.audit_families import SPOOLS, TRAIL
from services.metrics.family import Family
from services.metrics.kafka_families import KAFKA
from services.metrics.record_families import RECORDS
from services.metrics.region_families import REGION
from services.metrics.request_families import DOOR, WORKERS

GROUPS: Mapping[str, tuple[Family, ...]] = {
    "Requests, of each worker": WORKERS,
    "Records, of the replicator": RECORDS,
    "The region, of the replicator": REGION,
    "Logs on Kafka, of the replicator": KAFKA,
    "Audit spools, of each worker": SPOOLS,
    "The audit trail, of the auditor": TRAIL,
    "The front door": DOOR,
}

FAMILIES: Mapping[str, Family] = {family.name: family for families in GROUPS.values() for family in families}
"""By name, in the order of the table."""
