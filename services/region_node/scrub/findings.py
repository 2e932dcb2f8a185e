"""What the scrub has found, as it is told: alarms, troubles by place, figures.

Owns what stands of a place (one partition of one log) until it has been read again. A finding is an alarm when it is
met; it goes from the figures and the troubles once a whole reading of its place finds nothing.
"""

from collections.abc import Callable
from typing import NamedTuple

from replication.fold.materializer import Alarm
from replication.verify.findings import Kind

LOCAL_REMEDY = (
    "keep a copy of state/ now: it still holds everything, and a state built again from this log would not; "
    "run `keytide verify`, and restore the log from a good copy"
)
SHARED_REMEDY = (
    "run `keytide verify`; where the local log is whole, stop the region, move state/ away and start it: "
    "all is published again"
)

TOLD_MOST = 10
"""So many findings of one reading of a place are alarms. More are counted: alarms of others have to be told as well."""


class Place(NamedTuple):
    """One partition of the log of that name, and what an operator does about damage of it."""

    log: str
    partition: int
    remedy: str


class ScrubFindings:
    """`alarm` and `trouble` are the replicator's status: see `ReplicatorStatus`."""

    def __init__(self, alarm: Callable[[Alarm], None], trouble: Callable[[str, str], None]) -> None:
        self._alarm, self._trouble = alarm, trouble
        self._standing: dict[Place, int] = {}
        self._first: dict[Place, str] = {}
        self._met = 0

    @property
    def count(self) -> int:
        return sum(self._standing.values())

    def begin(self, place: Place) -> None:
        self._met = 0
        self._standing.setdefault(place, 0)

    def note(self, place: Place, kind: Kind, detail: str) -> None:
        """A finding, told at once: until the reading ends, the log may get worse."""
        self._met += 1
        if self._met == 1:
            self._first[place] = f"{kind}: {detail}"
        self._standing[place] = max(self._met, self._standing[place])
        if self._met <= TOLD_MOST:
            self._alarm(Alarm(place.partition, kind, f"the scrub of {place.log}: {detail}; {place.remedy}"))
        self._say(place)

    def finish(self, place: Place) -> None:
        """The place was read to its end: what was not found again is over."""
        self._standing[place] = self._met
        self._say(place)

    def away(self, place: Place, reason: str) -> None:
        """The log cannot be asked: no finding, and tried again."""
        self._trouble(_name(place), reason)

    def not_opened(self, reason: str) -> None:
        """Why no log can be opened for reading, "" when it is over."""
        self._trouble("scrub", reason)

    def _say(self, place: Place) -> None:
        count = self._standing[place]
        text = f"{count:,} found, the first: {self._first[place]}; {place.remedy}" if count else ""
        self._trouble(_name(place), text)


def _name(place: Place) -> str:
    return f"scrub of {place.log}/{place.partition}"
