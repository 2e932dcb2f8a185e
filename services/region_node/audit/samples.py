"""What a worker tells Prometheus of its audit spool and its security log."""

from collections.abc import Iterator

from services.audit.security_log import SecurityLog
from services.audit.spool.spool import Spool
from services.metrics.family import Sample


def audit_samples(spool: Spool, security: SecurityLog) -> Iterator[Sample]:
    """The families are those of `services/metrics/audit_families.py`."""
    for name, value in spool.figures()._asdict().items():
        yield Sample(f"audit_{name}", (), value)
    yield Sample("audit_unauthenticated_passed_over", (), security.passed_over)
