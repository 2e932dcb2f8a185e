"""Bugs in how records are written, judged, folded, published and adopted."""

from collections.abc import Sequence
from typing import Any
from unittest.mock import patch

from msgspec.structs import replace

from replication.fold import judge as judging
from replication.fold import materializer
from replication.fold.applying import Applying
from replication.fold.history import History
from replication.fold.judge import Judged, Verdict
from replication.log.event_log import LogError
from replication.records.position import EMPTY_HEAD, Head
from replication.records.record import Envelope, is_authentic
from replication.sharing.mirror import Mirror
from replication.sharing.publisher import Publisher
from replication.state.rows import Row
from replication.writing.author import PartitionAuthor
from replication.writing.draft import Answer
from shared.crypto.region_identity import verify_signature
from tests.simulation.planting import Mutant, both, code, method

_rows, _adoption, _append = Applying._rows, Applying._adoption, PartitionAuthor._append
_judge = judging.judge


def _rows_whatever_they_are(self: Applying, envelope: Envelope) -> dict[str, Row] | None:
    return _rows(self, replace(envelope, streams=tuple((stream, None) for stream, _ in envelope.streams)))


async def _append_and_answer(self: PartitionAuthor, records: dict[bytes, bytes], again: bool) -> None:
    try:
        await _append(self, records, again)
    except LogError:
        for answer in self._unseen.values():
            if not answer.done():
                answer.set_result(Answer(str(Verdict.APPLIED), "", 0))
        raise


def _same_incarnation(self: PartitionAuthor) -> None:
    chain = self._materializer.head(self.partition).chains.get(self._node)
    self._incarnation = chain.incarnation if chain else self._surroundings.now()


def _numbered_if(wrong: Verdict) -> Any:
    def judge(head: Any, envelope: Envelope, digest_at: Any, hash_: bytes) -> Judged:
        judged = _judge(head, envelope, digest_at, hash_)
        if judged.verdict is not wrong:
            return judged
        return Judged(Verdict.OPENING if envelope.sequence == 0 else Verdict.NEXT)

    return judge


def _judged(wrong: Verdict) -> Any:
    return lambda: patch.object(materializer, "judge", _numbered_if(wrong))


async def _publish_once(self: Publisher) -> None:
    while pending := self._pending():
        self._forget([number for number, _ in pending])
        self.published = pending[-1][0]
        try:
            await self._log.append(self._partition, [self._record(signed) for _, signed in pending])
        except LogError as error:
            self._trouble(str(error))


def _ready_out_of_turn(self: Mirror) -> list[Any]:
    head = self._here.head()
    for number in [number for number in self._held if number <= self._adopted().sequence]:
        self._drop(number)
    return [
        self._held[number]
        for number in sorted(self._held)
        if not self._lacking_cause(self._held[number].envelope, head)
    ]


def _next_of_its_origin(self: Applying, envelope: Envelope) -> Any:
    origin, number, hash_ = envelope.origin or ("", 0, b"")
    if number > self.head.adopted.get(origin, EMPTY_HEAD).sequence:
        self.head.adopted[origin] = Head(number - 1, hash_)
    return _adoption(self, envelope)


async def _start_at_the_end(self: Mirror) -> None:
    """What was adopted is not asked for again after a start; nor is what was read and not adopted."""
    entries: Sequence[Any] = await self._peer.log.read(self._partition, 0, 1000, 0)
    self._position = len(entries)
    while True:
        await self._read()
        await self._adopt_held()


OF_THE_LOG = {
    "conditions": Mutant(
        "a record applies whatever its conditions", method(Applying, "_rows", _rows_whatever_they_are)
    ),
    "command-forgotten": Mutant("a command id is forgotten", method(History, "first_answer", lambda *_: None)),
    "acknowledged-early": Mutant(
        "an append whose outcome is unknown is acknowledged", method(PartitionAuthor, "_append", _append_and_answer)
    ),
    "no-new-incarnation": Mutant(
        "a node goes on under its old incarnation", method(PartitionAuthor, "_renounce", _same_incarnation)
    ),
    "no-fencing": Mutant("records of an older incarnation count", _judged(Verdict.SUPERSEDED)),
    "seen-twice": Mutant("a record seen before counts again", _judged(Verdict.SEEN_AGAIN)),
    "mac-unchecked": Mutant("anybody's record is taken for the region's own", code(is_authentic, lambda *_: True)),
    "signature-unchecked": Mutant(
        "a shared record is believed whoever signed it", code(verify_signature, lambda *_: True)
    ),
    "overreach": Mutant("a peer may say anything of any key", method(Applying, "_overreach", lambda *_: "")),
    "causes": Mutant(
        "a record is adopted before what it rests on",
        both(method(Applying, "_causes_adopted", lambda *_: True), method(Mirror, "_lacking_cause", lambda *_: "")),
    ),
    "adopted-out-of-turn": Mutant(
        "a gap in what a peer shares is passed over",
        both(method(Applying, "_adoption", _next_of_its_origin), method(Mirror, "_ready", _ready_out_of_turn)),
    ),
    "published-once": Mutant(
        "what is published is forgotten before it is", method(Publisher, "publish", _publish_once)
    ),
    "read-from-the-end": Mutant(
        "a mirror starts at the end of its peer's log", method(Mirror, "run", _start_at_the_end)
    ),
}
