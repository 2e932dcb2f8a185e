"""What a worker hands to its node's replicator, and what comes back.

Owns `Draft`, a decided record before its author numbers, chains and authenticates it, and `Answer`. Both travel as
msgpack over the replicator's Unix socket, inside its questions and answers (`frames.py`).
"""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from replication.fold.judge import Verdict
from replication.records.position import Head
from replication.records.record import UNREADABLE, Request
from shared.crypto.wrapped_secret import decode_wrapped_secret


class MalformedDraft(ValueError):
    """The bytes are no draft."""


class Draft(NamedTuple):
    """`streams`: (name, expected revision or None). `domain`: (bucket, epoch) of the wrapped secrets in `body`."""

    partition: int
    command_id: bytes | None
    streams: tuple[tuple[str, int | None], ...]
    domain: tuple[int, int] | None = None
    key_epoch: tuple[int, str] | None = None
    origin: tuple[str, int, bytes] | None = None
    adopted: dict[str, int] | None = None
    time: int | None = None
    """Milliseconds; None takes the author's clock."""
    request: Request | None = None
    shared: bytes | None = None
    body: bytes | None = None


class Answer(NamedTuple):
    """`verdict`: what the fold says of the record, such as APPLIED, REPEATED (then `answer` is the first command's),
    VOID, FROZEN, STILL_FROZEN or OVERREACH; or one of these four.

    `REJECTED`: no record can hold the draft, `answer` says why; it was not sent.
    `UNAVAILABLE`: surely not done; `answer` says why (the log is full or away, the partition waits for a missing
    record). `UNWITNESSED`: surely not done, for no peer has confirmed the region's log. `UNKNOWN`: the log did not
    answer in time; the change may or may not be in effect, now or later.
    """

    verdict: str
    answer: str
    sequence: int
    shared: Head | None = None
    """With the record: the head of what the region shares, for an applied one that it shares."""


UNKNOWN = "unknown"
UNAVAILABLE = "unavailable"
UNWITNESSED = "unwitnessed"


_write = msgspec.msgpack.Encoder().encode
_read_draft = msgspec.msgpack.Decoder(Draft).decode
_read_answer = msgspec.msgpack.Decoder(Answer).decode


def encode_draft(draft: Draft) -> bytes:
    return _write(draft)


def decode_draft(encoded: bytes) -> Draft:
    """Errors: MalformedDraft. Whether the fields make a record, its author finds out."""
    try:
        return _read_draft(encoded)
    except UNREADABLE as error:
        raise MalformedDraft(f"the bytes are no draft: {type(error).__name__}") from error


def domain_of(wrapped: Iterable[bytes]) -> tuple[int, int] | None:
    """The one bucket and epoch under which the secrets of a draft are wrapped. Errors: ValueError for several."""
    places = {decode_wrapped_secret(secret)[:2] for secret in wrapped}
    if len(places) > 1:
        raise ValueError("the secrets of one record are wrapped under several domain keys")
    return places.pop() if places else None


def encode_answer(answer: Answer) -> bytes:
    return _write(answer)


def decode_answer(encoded: bytes) -> Answer:
    return _read_answer(encoded)


def settled(verdict: str) -> bool:
    """Whether the command took effect, now or the first time."""
    return verdict in (Verdict.APPLIED, Verdict.REPEATED)
