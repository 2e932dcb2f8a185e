"""The counters of alarms: their names, and how Prometheus is told of them.

Each is there before its first alarm: Prometheus sees only how a counter grows, and of one that appears with 1 it never
learns that there was nothing before. They are one metric: `increase` over several names is refused, as they would all
lose the one thing that tells them apart.
"""

from collections.abc import Mapping
from typing import Final

from prometheus_client.core import CounterMetricFamily

from replication.judge import WAITING, Verdict
from replication.verify_findings import Kind

PREFIX: Final = "alarms_"


def counter_of(kind: str) -> str:
    """The name in what the replicator tells."""
    return PREFIX + kind.replace(" ", "_")


KINDS: Final = (*sorted(WAITING), Verdict.REJECTED, Verdict.FROZEN, Verdict.STILL_FROZEN, Verdict.OVERREACH, *Kind)
"""Whatever is raised: by the fold and the mirrors, and by the scrub."""
NOT_YET: Final[Mapping[str, int]] = {counter_of(kind): 0 for kind in KINDS}


def alarm_metric(counters: Mapping[str, int]) -> CounterMetricFamily:
    """`counters`: what the replicator tells of those that were raised."""
    family = CounterMetricFamily("keytide_alarms", "Counted by the replicator.", labels=("kind",))
    for name, count in {**NOT_YET, **counters}.items():
        family.add_metric((name.removeprefix(PREFIX),), count)
    return family
