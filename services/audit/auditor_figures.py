"""What the auditor of a node tells of itself.

Owns its figures, and the file in which they meet those of the workers: /metrics shows them.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from services.durable_file import replace_file

FILE = "auditor.json"

COUNTERS: Mapping[str, str] = {
    "shipped": "Entries sent from this node to the region's audit log.",
    "taken_up": "Entries taken up by this node's trail.",
    "foreign_records": "Records of the audit log that are not the region's.",
    "unknown_records": "Records of the audit log that this version does not know.",
    "unreadable_entries": "Entries that this version does not read: kept, and not found.",
    "round_faults": "Faults of the auditor's rounds.",
}
GAUGES: Mapping[str, str] = {
    "log_trouble": "Whether something hinders the audit log.",
    "derivation_trouble": "Whether something hinders the reading of the region's log.",
    "behind": "Positions of the audit log that are not taken up yet.",
    "spool_bytes": "Bytes of the spools that are not sent yet.",
    "lag_entries": "Entries sent from this node that have not come back yet.",
    "lag_seconds": "Since the trail last had all that was read of the spools.",
    "waiting_chains": "Chains with entries that wait for those before them.",
    "holes": "Stretches of entries that this node has never got.",
    "forks": "Frames that contradicted their chain, ever.",
    "changed": "Frames with an entry that was changed on its way, ever.",
    "new_logs": "How often the audit log was found to be another one.",
    "segments": "Files of the trail.",
    "bytes": "What the trail takes on the disk.",
    "dropped_segments": "Files that retention has dropped, ever.",
    "digest": "Number of the last signed digest.",
    "digest_age_seconds": "Since the end of what the last digest covers.",
    "cosigned_digest": "Number of the last digest that every peer which cosigns has cosigned.",
    "delivered_digest": "Number of the last digest whose entries were delivered as files.",
    "delivery_waiting": "Digests whose entries are not delivered yet.",
    "delivery_failures": "Failed deliveries since the auditor began; each is tried again.",
    "delivery_lost": "Frames that retention had dropped before they were delivered.",
    "damaged_spools": "Spool files with bytes that are no frame.",
}


def write_figures(counts: Path, figures: Mapping[str, float]) -> None:
    """Into the directory of the workers' figures. Errors: OSError."""
    counts.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace_file(counts / FILE, orjson.dumps(figures), durable=False)


def read_figures(counts: Path) -> dict[str, float]:
    """Empty while the auditor has written none."""
    try:
        read: dict[str, Any] = orjson.loads((counts / FILE).read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return {}
    return read


def auditor_metrics(figures: Mapping[str, float]) -> Iterator[Metric]:
    """As Prometheus is told: `keytide_audit_…`."""
    for name, value in figures.items():
        if name in COUNTERS:
            yield CounterMetricFamily(f"keytide_audit_{name}", COUNTERS[name], value=value)
        else:
            yield GaugeMetricFamily(f"keytide_audit_{name}", GAUGES.get(name, "Told by a round."), value=value)


def sizes(files: Iterable[Path]) -> int:
    """Bytes of all files that are there."""
    return sum(path.stat().st_size for path in files if path.exists())
