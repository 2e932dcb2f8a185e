"""A start of the node, from the first question to the peers until one of them has confirmed the log, and after.

Owns the one ruling of this process: it is written beside the state for the workers at every change, and what writes
waits for it. The decision is `replication/witness/witness_rule.py`'s. A witness that answers later and contradicts ends
the service of a region that was served already.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence

from replication.fold.materializer import Identity, Materializer
from replication.log.event_log import EventLog
from replication.records.position import Head
from replication.state.state_store import StateStore
from replication.witness.admission import ASKING, Admission, read_admission, write_admission
from replication.witness.checkpoint import Seen
from replication.witness.witness_rule import Rule, Ruling, Situation, Why, ruling_of
from services.region_node.witness.comparing import Comparison
from shared.witness_errors import NothingToVouchFor

_UNWITNESSED = frozenset((Why.UNWITNESSED, Why.OVERDUE))

log = logging.getLogger(__name__)


class Contradicted(Exception):
    """The region's log is not what the region has signed before: nothing of it may be served, written or published."""


class WitnessedStart:
    """`start` names this start of the node; `witnesses`: how many peers can be asked, of the number that is `named` in
    the settings; `now` gives integer milliseconds.
    """

    def __init__(
        self,
        start: str,
        store: StateStore,
        materializer: Materializer,
        identity: Identity,
        rule: Rule,
        witnesses: Callable[[], int],
        named: int,
        now: Callable[[], int],
    ) -> None:
        self._start, self._store, self._materializer, self._identity = start, store, materializer, identity
        self._rule, self._witnesses, self._named, self._now = rule, witnesses, named, now
        self._comparison = Comparison(store, materializer, identity)
        self._started = now()
        self._before, self._since = self._of_before()
        self._is_caught_up = self._vouched = False
        self._changed, self._answered = asyncio.Event(), asyncio.Event()
        self.ruling = ASKING

    @property
    def hindrance(self) -> str:
        """Why the region does not write, or ""."""
        return "" if self.ruling.is_whole else f"{self.ruling.why}: {self.ruling.reason}"

    def answered(self, witness: str, shown: Sequence[Seen]) -> None:
        """A witness has shown these checkpoints of this region. Errors: StoreFailed."""
        self._comparison.shown[witness] = shown
        self.look()
        self._answered.set()
        self._answered = asyncio.Event()

    def look(self) -> None:
        """Decide anew. Errors: StoreFailed."""
        situation = Situation(
            self._witnesses(),
            self._named,
            self._comparison.findings(),
            self._vouched,
            self._started,
            self._since,
            self._before,
            self._is_caught_up,
        )
        ruling = ruling_of(situation, self._rule, self._now())
        if ruling != self.ruling:
            self._rule_so(ruling)

    async def keep_settling(self, local: EventLog) -> None:
        """For ever: ask the log, which was read to its end, what it alone can tell. Errors: LogError, StoreFailed."""
        self._is_caught_up = True
        while True:
            answered = self._answered
            await self._comparison.settle(local)
            self.look()
            await answered.wait()

    async def until_whole(self) -> None:
        """Errors: Contradicted."""
        while not self.ruling.is_whole:
            self._require_honest()
            await self._next()

    async def guard(self) -> None:
        """For ever. Errors: Contradicted."""
        while True:
            self._require_honest()
            await self._next()

    def vouch(self) -> tuple[Head, ...]:
        """An operator says that the log is the newest there is. The heads that he vouches for, by partition;
        none where the region is served whole without that.

        Errors: NothingToVouchFor; StoreFailed.
        """
        if self.ruling.is_whole:
            return ()
        if self.ruling.why not in _UNWITNESSED:
            raise NothingToVouchFor(f"The region needs no voucher yet, or cannot have one: {self.ruling.reason}.")
        if not self._is_caught_up:
            raise NothingToVouchFor("The region has not read its log to the end yet.")
        self._vouched = True
        heads = tuple(self._materializer.head(number).head for number in range(self._identity.partitions))
        self.look()
        return heads

    def told(self) -> tuple[str, Mapping[str, float]]:
        """For the node's status: what hinders; and gauges, whether no peer confirms the log, or one denies it."""
        why = self.ruling.why
        unwitnessed = why in _UNWITNESSED or why is Why.VOUCHED
        gauges = {"unwitnessed": float(unwitnessed), "contradicted": float(why is Why.CONTRADICTED)}
        return self.hindrance, gauges

    def _of_before(self) -> tuple[Ruling | None, int]:
        """What an earlier process of this start was told, and since when the region is unwitnessed."""
        with self._store.read() as snapshot:
            row = read_admission(snapshot)
        if row is None:
            return None, self._started
        is_unwitnessed = row.ruling.why in _UNWITNESSED
        return row.ruling if row.start == self._start else None, row.since if is_unwitnessed else self._started

    def _rule_so(self, ruling: Ruling) -> None:
        self.ruling = ruling
        write_admission(self._store, Admission(self._start, ruling, self._since))
        level = logging.INFO if ruling.is_whole or ruling.why is Why.ASKING else logging.ERROR
        extra = {"service": ruling.service, "why": ruling.why, "reason": ruling.reason}
        log.log(level, "the witness rule", extra=extra)
        self._changed.set()
        self._changed = asyncio.Event()

    def _require_honest(self) -> None:
        if self.ruling.why is Why.CONTRADICTED:
            raise Contradicted(self.ruling.reason)

    async def _next(self) -> None:
        await self._changed.wait()
