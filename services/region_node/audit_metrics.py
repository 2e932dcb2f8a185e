"""What Prometheus is told of the audit spools and security logs of the workers.

Owns the names of these series; the figures are those of `Spool` and `SecurityLog`.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from services.audit.security_log import SecurityLog
from services.audit.spool import Spool

COUNTERS: Final[Mapping[str, str]] = {
    "entries": "Audit entries that are durable in the spool.",
    "frames": "Frames of the spool: as often it was fsynced.",
    "sync_seconds": "Spent writing and fsyncing frames.",
    "failures": "Writes and fsyncs of the spool that failed.",
    "passed_over": "Entries of reads that were lost while the spool could not be written.",
    "unauthenticated_passed_over": "Refusals that were too many for the security log.",
}
GAUGES: Final[Mapping[str, str]] = {
    "waiting": "Answers that wait for their entry.",
    "failing": "Whether the spool cannot be written, so that uses of keys and changes are refused.",
}


def audit_figures(spool: Spool, security: SecurityLog) -> dict[str, float]:
    """Those of one worker, by the names of the tables."""
    return {**spool.figures()._asdict(), "unauthenticated_passed_over": security.passed_over}


def audit_metrics(workers: Mapping[str, Mapping[str, float]]) -> Iterator[Metric]:
    """`workers`: figures by worker's number."""
    for kind, families in ((CounterMetricFamily, COUNTERS), (GaugeMetricFamily, GAUGES)):
        for name, meaning in families.items():
            family = kind(f"keytide_audit_{name}", meaning, labels=("worker",))
            for worker, figures in workers.items():
                if name in figures:
                    family.add_metric((worker,), figures[name])
            if family.samples:
                yield family
