"""The check of an audit trail: every entry against its chain, every chain against the signed digests.

Owns what counts as changed, missing or added, and where that is. An entry that is not what its leaf says is named
itself. Where leaves were made to fit, the head of their frame is another than the next frame rests on; where all frames
up to the end were made to fit, than a digest says: then the entries between two known heads are named. Reads frames in
the order in which they lie there; knows no files.
"""

import hashlib
from typing import NamedTuple

from shared.audit.arrival import AfterHole, Arrivals
from shared.audit.entry import NotAnEntry, decode_entry
from shared.audit.findings import Finding, Kind, Report
from shared.audit.frame import ChainHead, Frame, NotAFrame, decode_frame, encode_frame, entry_id, head_of
from shared.audit.proof import Proof, Said


class DroppedChain(NamedTuple):
    """What was dropped of a chain at once: entries `first` to `last`, resting on `previous` and ending with `head`."""

    chain: str
    first: int
    last: int
    previous: bytes
    head: bytes


class _Chain:
    """`head`: of what was read; `before`: where the last frame began; `good`: up to where a digest has confirmed it.

    `placed`: something is known to be wrong with the last frame, so that what follows from it is not told again.
    """

    def __init__(self, name: str, said: tuple[Said, ...]) -> None:
        self.name, self.head, self.before, self.good, self.placed = name, ChainHead(), 1, 0, False
        self.ahead = list(reversed(said))


class Verification:
    """Of one trail. `take` every frame, after `drop` was told of everything that retention has dropped."""

    def __init__(
        self, region: str, proof: Proof, found: list[Finding], after_holes: frozenset[AfterHole] = frozenset()
    ) -> None:
        self._region, self._proof, self._found = region, proof, found
        self._chains = {name: _Chain(name, said) for name, said in proof.said.items()}
        self._arrivals = Arrivals(proof, after_holes)
        self._entries = self._dropped = 0

    def drop(self, dropped: DroppedChain) -> None:
        """What retention has dropped is no fault where a digest covers it."""
        chain = self._chain(dropped.chain)
        self._join(chain, dropped.first, dropped.previous)
        if dropped.last > self._proof.count(dropped.chain):
            self._place(chain, Kind.DROPPED, dropped.first, dropped.last, "no digest says that they were there")
        self._dropped += dropped.last - dropped.first + 1
        self._reach(chain, dropped.first, ChainHead(dropped.last, dropped.head))

    def take(self, encoded: bytes, place: str) -> None:
        """`place`: where the frame lies, for what is no frame."""
        try:
            frame = decode_frame(encoded)
        except NotAFrame as error:
            self._found.append(Finding(Kind.UNREADABLE, "", 0, 0, f"{place}: {error}"))
            return
        chain = self._chain(frame.chain)
        self._arrivals.take(frame, gap=frame.first > chain.head.number + 1)
        if frame.last <= chain.head.number:
            self._add(chain, frame, frame.last, place)
            return
        if frame.first <= chain.head.number:
            self._add(chain, frame, chain.head.number, place)
        else:
            self._join(chain, frame.first, frame.previous)
        if encode_frame(frame) != encoded:
            self._place(chain, Kind.CHANGED, frame.first, frame.last, f"not as it was written ({place})")
        self._check_entries(chain, frame)
        self._reach(chain, frame.first, head_of(frame))

    def finish(self) -> Report:
        """Once everything was taken."""
        for _, chain in sorted(self._chains.items()):
            if chain.ahead:
                said = chain.ahead[0]
                what = f"digest {said.digest} says that the chain has {said.head.number} entries"
                self._place(chain, Kind.MISSING, chain.head.number + 1, said.head.number, what, said.end)
        counts = [(chain.head.number, self._proof.count(name)) for name, chain in self._chains.items()]
        last = self._proof.last
        against, late = self._arrivals.judge()
        return Report(
            region=self._region,
            entries=self._entries,
            unproven=sum(max(0, there - proven) for there, proven in counts),
            dropped=self._dropped,
            digests=self._proof.digests,
            until=None if last is None else last.header.end,
            cosigned=self._proof.cosigned,
            findings=(*self._found, *against),
            late=late,
            unvouched=max(0, self._dropped - (0 if last is None else last.header.dropped)),
        )

    def _chain(self, name: str) -> _Chain:
        if name not in self._chains:
            self._chains[name] = _Chain(name, ())
        return self._chains[name]

    def _add(self, chain: _Chain, frame: Frame, last: int, place: str) -> None:
        """Numbers that are given a second time: these entries were put in, or those before them."""
        what = f"there are other entries of these numbers before ({place})"
        self._place(chain, Kind.ADDED, frame.first, last, what, *_known(frame, 0))

    def _join(self, chain: _Chain, first: int, previous: bytes) -> None:
        """What comes goes on from the head, or something between is wrong."""
        placed, chain.placed = chain.placed, False
        if first != chain.head.number + 1:
            gap = f"the next that is there is entry {first}"
            self._place(chain, Kind.MISSING, chain.head.number + 1, first - 1, gap)
        elif previous != chain.head.digest and not placed:
            what = f"entry {first} does not rest on the entries before it"
            self._place(chain, Kind.CHANGED, min(chain.before, first), first, what)

    def _check_entries(self, chain: _Chain, frame: Frame) -> None:
        if len(frame.entries) != len(frame.leaves):
            what = f"{len(frame.leaves)} entries are said, {len(frame.entries)} are there"
            self._place(chain, Kind.CHANGED, frame.first, frame.last, what)
        for index, (leaf, entry) in enumerate(zip(frame.leaves, frame.entries, strict=False)):
            if hashlib.sha256(entry).digest() != leaf:
                number = frame.first + index
                self._place(chain, Kind.CHANGED, number, number, "it is not what was hashed", *_known(frame, index))
        self._entries += len(frame.entries)

    def _reach(self, chain: _Chain, first: int, head: ChainHead) -> None:
        """The chain has this head: what do the digests say of the way to it?"""
        while chain.ahead and chain.ahead[-1].head.number <= head.number:
            said = chain.ahead.pop()
            if said.head == head:
                chain.good = head.number
            elif not chain.placed:
                what = f"digest {said.digest} has another head at entry {said.head.number}"
                self._place(chain, Kind.CHANGED, chain.good + 1, said.head.number, what, said.end)
        chain.head, chain.before = head, first

    def _place(
        self, chain: _Chain, kind: Kind, first: int, last: int, detail: str, time: int | None = None, event: str = ""
    ) -> None:
        chain.placed = True
        self._found.append(Finding(kind, chain.name, first, last, detail, time, event))


def _known(frame: Frame, index: int) -> tuple[int | None, str]:
    """Time of an entry, as far as it can be read, and its event id, as it was hashed."""
    event = entry_id(frame.leaves[index], frame.chain, frame.first + index)
    try:
        return decode_entry(frame.entries[index]).time, event
    except (NotAnEntry, IndexError):
        return None, event
