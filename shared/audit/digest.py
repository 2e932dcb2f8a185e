"""Digests: a region's signed word on all that its audit trail holds at a moment, each resting on the one before.

Owns their form, which never changes, and what the next one says. A digest is two msgpack arrays. The *header* is the
array of the fields of `Header`; its SHA-256 is the digest's hash, and the region's Ed25519 signature (RFC 8032) covers
`SIGNED` and the header. The *rows* are [chain, number of its last entry, head] of every chain that has grown since the
digest before, in the order of their names; the header has their SHA-256. So a header alone, 200 bytes, shows that a
digest goes on from another, and the rows of all digests up to one give every chain's head and count.

In the audit log a digest is the msgpack array [LABEL, header, rows, signature].
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Final, NamedTuple

import msgspec

from shared.audit.frame import EMPTY_HEAD, HASH_BYTES, ChainHead, Frame, head_of

LABEL = "keytide audit digest 1"
SIGNED = b"keytide/audit-digest"
"""Stands before what is signed, so that no signature over anything else can be taken for a digest's."""
FORM = 1

Sign = Callable[[bytes], bytes]
Verify = Callable[[str, bytes, bytes], bool]
"""(region, message, signature) -> whether the region's identity has signed the message."""
_Hash = Annotated[bytes, msgspec.Meta(min_length=HASH_BYTES, max_length=HASH_BYTES)]
_Count = Annotated[int, msgspec.Meta(ge=0)]


class _Layout(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """An array whose places mean the same for ever. Elements beyond them are a later version's, and passed over."""


class Row(_Layout, frozen=True):
    """A chain that has grown."""

    chain: str
    number: Annotated[int, msgspec.Meta(ge=1)]
    head: _Hash


class Header(_Layout, frozen=True):
    """Of the period from `start` to `end`; all times are milliseconds since 1970.

    `previous`: the hash of the digest before, EMPTY_HEAD in the first. `rows`: the SHA-256 of the encoded rows.
    `chains`, `entries`: how many there are in all, since the trail began. `oldest`, `newest`: times of the entries that
    have come since the digest before. `dropped`: how many entries retention has dropped by now where the digest was
    made, and `dropped_until` the time of the latest of these.
    """

    form: Annotated[int, msgspec.Meta(ge=FORM)]
    region: str
    number: Annotated[int, msgspec.Meta(ge=1)]
    start: _Count
    end: _Count
    previous: _Hash
    rows: _Hash
    chains: _Count
    entries: _Count
    oldest: int | None
    newest: int | None
    dropped: _Count = 0
    dropped_until: int | None = None


class SignedHeader(_Layout, frozen=True):
    """`header`: encoded, as it was signed."""

    header: bytes
    signature: bytes


class Digest(NamedTuple):
    """A digest that was taken apart; `signed` is what vouches for it."""

    header: Header
    rows: tuple[Row, ...]
    signed: SignedHeader

    @property
    def hash(self) -> bytes:
        return header_hash(self.signed)


AHEAD_MILLISECONDS: Final = 24 * 3_600_000
"""So far ahead a digest may be waited for: names of delivered files follow from their times, which come twice then."""


class Last(NamedTuple):
    """The digest that another goes on from."""

    number: int = 0
    hash: bytes = EMPTY_HEAD
    end: int = 0
    chains: int = 0
    entries: int = 0


class Retention(NamedTuple):
    """What retention has dropped so far: how many entries, and the time of the latest of them."""

    entries: int = 0
    until: int | None = None


class NotADigest(Exception):
    """The bytes are no digest, or its parts do not belong together."""


class _Stored(_Layout, frozen=True):
    label: str
    header: bytes
    rows: bytes
    signature: bytes


_write = msgspec.msgpack.Encoder().encode
_read_stored = msgspec.msgpack.Decoder(_Stored).decode
_read_header = msgspec.msgpack.Decoder(Header).decode
_read_rows = msgspec.msgpack.Decoder(tuple[Row, ...]).decode
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, TypeError)
"""TypeError: a row of a damaged file holds a text, or nothing."""


class Gathered:
    """What has come since a digest, gathered frame by frame. `known`: every chain's head as the digests tell it."""

    def __init__(self, known: Mapping[str, ChainHead]) -> None:
        self._known = known
        self.heads: dict[str, ChainHead] = {}
        self.oldest: int | None = None
        self.newest: int | None = None
        self.chains = self.entries = 0
        """How many chains are new, and how many entries, of those that have come here."""

    def take(self, frame: Frame, times: Iterable[int]) -> None:
        """A frame in its chain's order, with the times of its entries. One that the digests know is passed over."""
        before = self.heads.get(frame.chain) or self._known.get(frame.chain, ChainHead())
        if frame.last <= before.number:
            return
        self.chains += frame.first == 1
        self.entries += frame.last - max(before.number, frame.first - 1)
        self.heads[frame.chain] = head_of(frame)
        for time in times:
            self.oldest = time if self.oldest is None else min(self.oldest, time)
            self.newest = time if self.newest is None else max(self.newest, time)

    def rows(self) -> tuple[Row, ...]:
        return tuple(Row(chain, *head) for chain, head in sorted(self.heads.items()))


def next_digest(
    region: str, last: Last, gathered: Gathered, start: int, end: int, sign: Sign, retention: Retention = Retention()
) -> bytes:
    """The digest that goes on from `last`, as it stands in the audit log; also where nothing has been gathered."""
    rows = _write(gathered.rows())
    header = _write(
        Header(
            FORM, region, last.number + 1, start, end, last.hash, hashlib.sha256(rows).digest(),
            last.chains + gathered.chains, last.entries + gathered.entries, gathered.oldest, gathered.newest,
            *retention,
        )
    )  # fmt: skip
    return _write(_Stored(LABEL, header, rows, sign(SIGNED + header)))


def decode_digest(encoded: bytes) -> Digest:
    """Take a digest apart; its rows are those of its header. Who has signed it, `has_signed` tells.

    Errors: NotADigest.
    """
    try:
        stored = _read_stored(encoded)
        header, rows = _read_header(stored.header), _read_rows(stored.rows)
    except _UNREADABLE as error:
        raise NotADigest(f"not a digest: {type(error).__name__}") from error
    if stored.label != LABEL or _write(stored) != encoded:
        raise NotADigest("it has another label, or was not written so")
    if hashlib.sha256(stored.rows).digest() != header.rows:
        raise NotADigest(f"the rows of digest {header.number} were changed")
    return Digest(header, rows, SignedHeader(stored.header, stored.signature))


def decode_header(signed: SignedHeader) -> Header:
    """Errors: NotADigest."""
    try:
        return _read_header(signed.header)
    except _UNREADABLE as error:
        raise NotADigest(f"not a digest's header: {type(error).__name__}") from error


def header_hash(signed: SignedHeader) -> bytes:
    """The digest's hash."""
    return hashlib.sha256(signed.header).digest()


def has_signed(region: str, signed: SignedHeader, verify: Verify) -> bool:
    """Whether it is the region's word."""
    return verify(region, SIGNED + signed.header, signed.signature)


def last_of(digest: Digest) -> Last:
    """What the next one goes on from."""
    header = digest.header
    return Last(header.number, digest.hash, header.end, header.chains, header.entries)


def due(last: Last, oldest: int | None, now: int, minutes: int) -> tuple[int, int] | None:
    """From when to when the next digest is to be, whole periods of so many minutes; None while it is not due.

    Where the last one is of a day to come, the clock had been ahead: then digests go on by what it says now. They
    would otherwise stand still until that day, and with them retention and delivery.
    """
    period = minutes * 60_000
    end = now // period * period
    before = 0 if last.end > now + AHEAD_MILLISECONDS else last.end
    start = before or (end - period if oldest is None else min(end - period, oldest // period * period))
    return (start, end) if end > before else None
