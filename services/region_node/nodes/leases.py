"""The lease of a running node, and the waits of those that change something: `replication.writing.serving_lease` at
work.

Owns the rhythm. Every second the node asks the others for their promise, looks into the log itself where one of them
gives none, and writes down until when its workers may serve. Whoever waits for another node asks that one to read on,
so that a change costs two fsyncs and one question, and not the pause of an idle reader.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from math import inf
from typing import Any, NamedTuple, TypeAlias

from replication.log.event_log import LogError
from replication.writing.serving_lease import ALONE, HeldLease, Promises, leader
from services.region_node.nodes.channel import APPLIED, LEASE
from services.region_node.nodes.membership import Members, Standing
from shared.nodes.model import Node

RENEW_SECONDS = 1.0
ASK_SECONDS = 0.9
"""For the answer of another node: less than the pause between two rounds."""
APPLY_SECONDS = 1.0
RETRY_SECONDS = 0.05
HEARD_SECONDS = 3.0
"""For so long a node that was heard once counts as one that answers."""

_REASONS: Mapping[Standing, str] = {
    Standing.ALONE: "",
    Standing.MEMBER: "it has no lease yet",
    Standing.STRANGER: "its region's log does not say yet that it belongs to it",
    Standing.REMOVED: "it was removed from its region",
}

_Absence: TypeAlias = tuple[str, int, int]
"""Node, partition, and which of its absences."""

log = logging.getLogger(__name__)


class NotHeld(Exception):
    """A change stands in the log, but this node may not say so: it was removed from its region."""


Ask = Callable[[Node, Sequence[Any], float], Awaitable[Any]]
"""(node, question, seconds): its answer. Errors: OSError."""


class Log(NamedTuple):
    """The region's log and this node's reading of it, by partition."""

    applied: Callable[[], list[int]]
    """The sequence that each partition has applied."""
    ends: Callable[[], Awaitable[list[int]]]
    """Where the log ends now. Errors: LogError."""
    reach: Callable[[list[int], float], Awaitable[bool]]
    """Read on to these ends, within so many seconds."""
    apply: Callable[[int, int, float], Awaitable[int]]
    """Read a partition on until it has applied a sequence, within so many seconds; what it has applied then."""


class Leases:
    """Of one node. `clock` gives seconds as `boot_seconds` does; `serve_until` is told each new deadline; `writes`:
    whether the node may write to its region's log.
    """

    def __init__(
        self,
        own: str,
        members: Callable[[], Members],
        waited_for: Callable[[int], Mapping[str, Node]],
        standing: Callable[[Members], Standing],
        ask: Ask,
        log_: Log,
        serve_until: Callable[[float], None],
        clock: Callable[[], float],
        writes: Callable[[], bool],
        unleased_seconds: float = 0.0,
    ) -> None:
        self._own, self._members, self._waited_for, self._standing = own, members, waited_for, standing
        self._ask, self._log, self._serve_until, self._clock = ask, log_, serve_until, clock
        self._writes, self._unleased_seconds = writes, unleased_seconds
        self._held = HeldLease()
        self._promises = Promises(log_.applied())
        self._writes_at: dict[str, float] = {}
        self._heard_at: dict[str, float] = {}
        self._gone_since: dict[_Absence, float] = {}
        self.silent: set[str] = set()
        """The nodes that a change has waited for in vain, until they are heard again."""
        self._last = 0.0
        """Until when the latest lease was good."""
        self._log_away = False
        self.deadline = 0.0
        self.hindrance = "it has no lease yet"

    async def keep(self) -> None:
        """Renew the lease, for ever."""
        while True:
            await self.renew()
            await asyncio.sleep(RENEW_SECONDS)

    async def renew(self) -> None:
        """One round: ask, look, and write down until when the node may serve."""
        members = self._members()
        reason = ""
        self._note_absences(members)
        if self._standing(members) is Standing.MEMBER:
            reason = await self._prolong(members.others())
            members = self._members()  # what has been applied meanwhile may say that the node was removed
        self._write(members, reason)

    async def _prolong(self, others: Mapping[str, Node]) -> str:
        """Hold a lease from now on, or why there is none."""
        lacking = await self._ask_all(others)
        if others and not lacking:
            return ""
        nobody = f"no promise from {', '.join(sorted(lacking))}; " if lacking else ""
        looked = await self._look()
        return nobody + looked if looked else ""

    def _write(self, members: Members, reason: str) -> None:
        standing, now = self._standing(members), self._clock()
        deadline = ALONE if standing is Standing.ALONE else 0.0
        if standing is Standing.MEMBER:
            deadline = self._held.until(members.others())
            self._last = max(self._last, deadline)
            if self._log_away:
                deadline = max(deadline, self._last + self._unleased_seconds if self._last else 0.0)
        hindrance = "" if deadline > now else reason or _REASONS[standing]
        if bool(hindrance) != bool(self.hindrance):
            log.info("the node has no lease" if hindrance else "the node has a lease", extra={"reason": hindrance})
        self.deadline, self.hindrance = deadline, hindrance
        self._serve_until(deadline)

    async def _ask_all(self, others: Mapping[str, Node]) -> list[str]:
        """Ask for everybody's promise; who gives none."""
        known = sorted({self._own, *others})
        answers = await asyncio.gather(*(self._granted(node, known) for node in others.values()))
        return [name for name, granted in zip(others, answers, strict=True) if not granted]

    async def _granted(self, node: Node, known: list[str]) -> bool:
        asked_at, applied = self._clock(), self._log.applied()
        try:
            granted, theirs, writes = await self._ask(node, (LEASE, applied, known), ASK_SECONDS)
        except (OSError, ValueError, TypeError):
            return False
        self._heard_at[node.node] = self._clock()
        if writes:
            self._writes_at[node.node] = self._clock()
        self.silent.discard(node.node)
        self._promises.hear(node.node, theirs)
        if granted:
            self._held.granted(node.node, asked_at)
        return bool(granted)

    async def _look(self) -> str:
        """Apply what the log holds; "" or why that could not be done."""
        asked_at = self._clock()
        try:
            async with asyncio.timeout(ASK_SECONDS):
                ends = await self._log.ends()
        except (LogError, TimeoutError) as error:
            self._log_away = True
            return f"the log does not answer: {error}"
        self._log_away = False
        if not await self._log.reach(ends, APPLY_SECONDS):
            return "the log is read on"
        if self._members().is_away():
            return "its region goes on without it until its return stands in the log"
        self._held.log_applied(asked_at)
        return ""

    async def grant(self, who: str, applied: Sequence[int], known: Sequence[str]) -> tuple[bool, list[int], bool]:
        """The answer to another node that asks for a promise: whether it gets one, how far this one is, and whether
        it may write.
        """
        own = self._log.applied()
        return len(applied) == len(own) and self._promised(who, applied, known), own, self._writes()

    def _promised(self, who: str, applied: Sequence[int], known: Sequence[str]) -> bool:
        """A node that does not know another one yet gets nothing: that one may acknowledge without asking it."""
        everybody = {self._own, *self._members().others()}
        if not everybody <= set(known):
            self._promises.hear(who, applied)
            return False
        return self._promises.grant(who, applied, self._clock())

    async def applied(self, _who: str, partition: int, sequence: int, seconds: float) -> int:
        """The answer to another node that waits for this one: the sequence that it has applied."""
        return await self._log.apply(partition, sequence, min(float(seconds), APPLY_SECONDS))

    def hears(self, node: str) -> bool:
        """Whether the node was heard in the last moments."""
        at = self._heard_at.get(node)
        return at is not None and self._clock() - at <= HEARD_SECONDS

    def leads(self) -> bool:
        """Whether this node is the first to do what one of the region's nodes is to do."""
        return leader(self._own, self._writes_at, self._clock()) == self._own

    async def held(self, partition: int, sequence: int) -> None:
        """Wait until a change that is applied here binds the next request at every node. Errors: NotHeld."""
        nodes = self._waited_for(partition)
        if not nodes:
            return
        number = self._promises.begin(partition, sequence, self._clock())
        acknowledged = False
        try:
            own = nodes.get(self._own)
            if own is not None and own.removed:
                raise NotHeld
            others = [node for name, node in nodes.items() if name != self._own]
            await asyncio.gather(*(self._held_at(node, partition, sequence, number) for node in others))
            acknowledged = True
        finally:
            self._promises.end(number, acknowledged=acknowledged)

    async def _held_at(self, node: Node, partition: int, sequence: int, number: int) -> None:
        """Return once the node has applied the change, or serves no more."""
        while (remaining := self._wait_until(node, partition, number) - self._clock()) > 0:
            if node.removed:
                await asyncio.sleep(min(remaining, RETRY_SECONDS))
                continue
            question = (APPLIED, partition, sequence, min(remaining, APPLY_SECONDS))
            try:
                reached = await self._ask(node, question, min(remaining, APPLY_SECONDS) + RETRY_SECONDS)
                self._hear(node.node, partition, int(reached))
            except (OSError, ValueError, TypeError):
                await asyncio.sleep(min(remaining, RETRY_SECONDS))
        self._promises.pass_over(node.node, number)
        if not self._promises.has_applied(node.node, partition, sequence):
            self.silent.add(node.node)

    def _hear(self, node: str, partition: int, sequence: int) -> None:
        applied = [0] * len(self._log.applied())
        applied[partition] = sequence
        self.silent.discard(node)
        self._promises.hear(node, applied)

    def _wait_until(self, node: Node, partition: int, number: int) -> float:
        absence = _absence(node, partition)
        gone_since = inf if absence is None else self._gone_since.setdefault(absence, self._clock())
        return self._promises.wait_until(node.node, number, gone_since)

    def _note_absences(self, members: Members) -> None:
        """Since when this process knows of each that lasts: what it was not there for counts from now."""
        now = self._clock()
        found = (
            _absence(node, partition) for partition, nodes in enumerate(members.by_partition) for node in nodes.values()
        )
        self._gone_since = {one: self._gone_since.get(one, now) for one in found if one is not None}


def _absence(node: Node, partition: int) -> _Absence | None:
    """A removal counts wherever it stands; that a node is away, in each partition by itself."""
    if node.removed:
        return node.node, -1, 0
    return (node.node, partition, node.absences) if node.away else None
