"""The writing end of the trail: entries of the audit log, in their order, become frames of the newest segment.

Owns what is checked on the way. A record that is not the region's is passed over. A frame goes on with its chain, or
waits for those before it, or has come before; one that contradicts its chain is a fork: an alarm, and never kept. What
a batch changes is one transaction, with the place in the audit log up to which it was read.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Final

from replication.log.event_log import Entry
from replication.records.record import NotARecord, RecordKey, decode_record, is_authentic
from services.audit.trail.books import TrailBooks
from services.audit.trail.chains import NO_ORIGIN, Chain, Standing, head_before, standing
from services.audit.trail.forms import Hole
from services.audit.trail.keys import keys_of
from services.audit.trail.newest import NewestSegment, SegmentSizes
from shared.audit.entry import NotAnEntry, decode_entry, time_of
from shared.audit.frame import ChainHead, Frame, NotAFrame, decode_frame

WAIT_MILLISECONDS: Final = 60 * 60 * 1000
"""So long a frame waits for those before it. What has not come then has been lost, and is a hole."""
LOG_LOST: Final = "the audit log does not reach back to them"
NEVER_CAME: Final = "they never came"

log = logging.getLogger(__name__)

Taker = Callable[[bytes], bool]
"""Takes signed bytes that are no frame. Whether it knows them."""


class TrailWriter:
    """One for a trail, in one thread. `now` gives milliseconds since 1970.

    Errors of all methods: sqlite3.Error, OSError and TrailUnavailable; what was begun is undone then.
    """

    def __init__(
        self,
        directory: Path,
        key: RecordKey,
        now: Callable[[], int],
        takers: Callable[[TrailBooks], Sequence[Taker]] = lambda _: (),
        sizes: SegmentSizes = SegmentSizes(),
    ) -> None:
        self._key, self._now = key, now
        with ExitStack() as opening:
            self.books = opening.enter_context(closing(TrailBooks(directory, write=True)))
            self._takers = takers(self.books)
            self._segment = opening.enter_context(closing(NewestSegment(directory, sizes)))
            self._chains = self._segment.chains()
            self._waiting = set(self._segment.waiting())
            self._opened = opening.pop_all()
        self._changed: dict[str, Chain] = {}
        self.met: Counter[str] = Counter()
        """What was met since this process began: by Standing, and `foreign`, `unknown`, `unreadable`, `entries`."""

    def close(self) -> None:
        self._opened.close()

    def heads(self) -> Mapping[str, ChainHead]:
        return {name: chain.head for name, chain in self._chains.items()}

    def origin(self, chain: str) -> int:
        """The number of the record that the chain's last entry is derived from; NO_ORIGIN before the first."""
        return self._chains[chain].origin if chain in self._chains else NO_ORIGIN

    def waiting(self) -> frozenset[str]:
        """Chains with frames that wait for those before them."""
        return frozenset(self._waiting)

    def position(self, identity: str) -> int:
        """From where to read the audit log that has this identity: of one that was made anew, from its beginning.

        The chains go on from their heads; what the lost log had and this node has not will be holes.
        """
        known = self._segment.fact("identity")
        if known == identity:
            return int(self._segment.fact("position") or 0)
        if known is None:
            self._begin(identity)
        else:
            log.error("the audit log was made anew", extra={"known": known, "found": identity})
            self.books.count("new logs")
            self.skip(identity, 0)
        return 0

    def _begin(self, identity: str) -> None:
        with self._segment.transaction():
            self._segment.set_fact("identity", identity)
            self._segment.set_fact("position", 0)

    def skip(self, identity: str, position: int) -> None:
        """Go on from `position`, for what lies before is not there any more."""
        passed = {name: chain._replace(passed=True) for name, chain in self._chains.items()}
        with self._segment.transaction():
            self._segment.set_fact("identity", identity)
            self._segment.set_fact("position", position)
            self._segment.set_fact("skipped", 1)
            self._segment.put_chains(passed)
        self._chains = passed

    def ingest(self, batch: Sequence[Entry]) -> None:
        """Take what was read of the audit log, in its order."""
        with self._changing():
            for entry in batch:
                self._take(entry.record)
            if batch:
                self._segment.set_fact("position", batch[-1].position + 1)
        self._segment.grow()

    def give_up_waiting(self) -> None:
        """Where frames have waited too long for those before them, these are a hole, and the chain goes on."""
        with self._changing():
            for chain in self._segment.waiting(self._now() - WAIT_MILLISECONDS):
                signed = self._segment.take_waiting(chain)
                if signed is not None:
                    self._pass_over(decode_frame(signed), NEVER_CAME)
                    self._take_frame(decode_frame(signed), signed)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """A transaction with the chains that change in it."""
        try:
            with self._segment.transaction():
                yield
                self._segment.put_chains(self._changed)
        except BaseException:
            self._chains = self._segment.chains()
            self._waiting = set(self._segment.waiting())
            raise
        finally:
            self._changed = {}

    def _take(self, encoded: bytes) -> None:
        try:
            record = decode_record(encoded)
        except NotARecord:
            self.met["foreign"] += 1
            return
        if not is_authentic(record, self._key):
            self.met["foreign"] += 1
            return
        try:
            frame = decode_frame(record.signed)
        except NotAFrame:
            known = [take(record.signed) for take in self._takers]
            self.met["unknown"] += not any(known)
            return
        self._take_frame(frame, record.signed)

    def _take_frame(self, frame: Frame, signed: bytes) -> None:
        self._judge(frame, signed)
        while frame.chain in self._waiting:  # for what has come now, perhaps
            next_one = self._segment.take_waiting(frame.chain, self._chains[frame.chain].head.number + 1)
            if next_one is None:
                break
            self._judge(decode_frame(next_one), next_one)
            if frame.chain not in self._segment.waiting():
                self._waiting.discard(frame.chain)

    def _judge(self, frame: Frame, signed: bytes) -> None:
        chain = self._chain(frame.chain)
        what, head = standing(chain.head, frame)
        if what is Standing.AHEAD and chain.passed:
            self._pass_over(frame, LOG_LOST)
            what, head = standing(head_before(frame), frame)
        if what is Standing.NEXT:
            self._keep(frame, signed, head)
        elif what is Standing.AHEAD:
            self._waiting.add(frame.chain)
            self._segment.wait(frame, signed, self._now())
        elif what is Standing.SEEN:
            archived = self._segment.frame_at(chain.number, frame.first)
            what = what if archived in (None, signed) else Standing.FORK
        self._note(what, frame)

    def _note(self, what: Standing, frame: Frame) -> None:
        self.met[what] += 1
        if what in (Standing.FORK, Standing.BROKEN):
            self.books.count(what)
            told = {"chain": frame.chain, "entry": frame.first, "how": str(what)}
            log.error("an audit chain is contradicted", extra=told)

    def _chain(self, name: str) -> Chain:
        known = self._chains.get(name)
        if known is None:
            skipped = self._segment.fact("skipped") is not None
            known = self._put(name, Chain(len(self._chains) + 1, ChainHead(), skipped))
        return known

    def _put(self, name: str, chain: Chain) -> Chain:
        self._chains[name] = self._changed[name] = chain
        return chain

    def _keep(self, frame: Frame, signed: bytes, head: ChainHead) -> None:
        number = self._chains[frame.chain].number
        origin, rows = NO_ORIGIN, []
        for index, (leaf, encoded) in enumerate(zip(frame.leaves, frame.entries, strict=True)):
            try:
                entry = decode_entry(encoded)
            except NotAnEntry:
                self.met["unreadable"] += 1
                continue
            keys = keys_of(entry, leaf, frame.chain, frame.first + index)
            rows.append((time_of(entry), self._segment.next, index, keys))
            origin = NO_ORIGIN if entry.origin is None else entry.origin.number
        self._segment.keep(number, frame, signed, rows)
        self.met["entries"] += len(frame.entries)
        self._put(frame.chain, Chain(number, head, origin=origin))

    def _pass_over(self, frame: Frame, reason: str) -> None:
        """The entries before the frame are lost to this node."""
        chain = self._chains[frame.chain]
        hole = Hole(frame.chain, chain.head.number + 1, frame.first - 1, frame.previous, self._now(), reason)
        self.books.add_hole(hole)
        log.error("audit entries are missing", extra={"chain": hole.chain, "first": hole.first, "last": hole.last})
        self._put(frame.chain, chain._replace(head=head_before(frame), passed=False))
