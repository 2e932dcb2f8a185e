"""What the region's logs on Kafka tell of themselves and of their clusters.

Owns the list of logs that are open, the regular look at each, and what of it is a trouble: a cluster that answers
nobody, and partitions that have lost replicas while everything still goes on.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, runtime_checkable

from replication.log.event_log import LogError

if TYPE_CHECKING:
    from replication.kafka.figures import KafkaFigures

LOOK_SECONDS: Final = 10.0


@runtime_checkable
class _OnKafka(Protocol):
    """What only a log on Kafka has."""

    name: str
    partitions: int
    figures: "KafkaFigures"

    async def look(self, *, ends: bool) -> None: ...


class _Watched(NamedTuple):
    log: _OnKafka
    is_followed: bool


class KafkaWatch:
    """`trouble`: told of a place and of what hinders there, "" when it is over."""

    def __init__(self, trouble: Callable[[str, str], None]) -> None:
        self._trouble = trouble
        self._watched: dict[str, _Watched] = {}

    def add(self, log: object, *, followed: bool = True) -> None:
        """Watch the log, if it is on Kafka. `followed`: it is read to its end, so that its lag means something."""
        if isinstance(log, _OnKafka):
            self._watched[log.name] = _Watched(log, followed)

    async def look(self) -> None:
        """Ask after every log, all at once."""
        await asyncio.gather(*(self._look_at(watched) for watched in self._watched.values()))

    async def _look_at(self, watched: _Watched) -> None:
        try:
            await watched.log.look(ends=watched.is_followed)
            hindrance = _weakness(watched.log)
        except LogError as error:
            hindrance = str(error)
        self._trouble(f"Kafka {watched.log.name}", hindrance)

    def told(self) -> Mapping[str, Any]:
        """`logs`: figures by the name of the log; `brokers`: by address, 1 where every log has last found it there."""
        brokers = dict[str, float]()
        for log, _ in self._watched.values():
            for (host, port), is_there in log.figures.brokers.items():
                address = f"{host}:{port}"
                brokers[address] = min(brokers.get(address, 1.0), float(is_there))
        return {"logs": {name: _figures(watched) for name, watched in self._watched.items()}, "brokers": brokers}


def _figures(watched: _Watched) -> Mapping[str, float]:
    told = dict(watched.log.figures.told())
    if not watched.is_followed:
        told.pop("lag")
    return told


def _weakness(log: _OnKafka) -> str:
    """What one more lost broker may stop, though everything still goes on; "" where nothing is amiss."""
    figures = log.figures
    if figures.leaderless:
        return f"{figures.leaderless} of {log.partitions} partitions have no leader: nothing is written to them"
    if figures.under_replicated:
        away = ", ".join(sorted(f"{host}:{port}" for (host, port), is_there in figures.brokers.items() if not is_there))
        lost = f"{figures.under_replicated} of {log.partitions} partitions have fewer replicas in sync than they have"
        return f"{lost} (not in the cluster: {away or 'no broker'})"
    return ""
