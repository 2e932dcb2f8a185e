"""The counters of alarms: their names, and that each is there before its first alarm.

Prometheus sees only how a counter grows: of one that appears with 1 it never learns that there was nothing before.
"""

from collections.abc import Mapping
from typing import Final

from replication.judge import WAITING, Verdict
from replication.verify_findings import Kind


def counter_of(kind: str) -> str:
    """The name in what the replicator tells."""
    return f"alarms_{kind.replace(' ', '_')}"


KINDS: Final = (*sorted(WAITING), Verdict.REJECTED, Verdict.FROZEN, Verdict.STILL_FROZEN, Verdict.OVERREACH, *Kind)
"""Whatever is raised: by the fold and the mirrors, and by the scrub."""
NOT_YET: Final[Mapping[str, int]] = {counter_of(kind): 0 for kind in KINDS}
