"""The record: events in a signed envelope.

Owns the layout, which never changes: a record on the wire is a msgpack array [signed bytes, key id, proof]; the signed
bytes are a msgpack array of the fields of `Envelope`, in that order. Hash, MAC and signature cover exactly the signed
bytes as received. Inside a region the proof is an HMAC-SHA256 (RFC 2104) under the region's record key; in a shared log
it is the region's Ed25519 signature (RFC 8032). Later versions append fields or raise `least_reader`; they never move
one.
"""

import hashlib
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import product
from operator import contains
from typing import Any, NamedTuple

import msgpack
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

FORMAT_VERSION = 1
READER_VERSION = 1
RECORD_ID_BYTES = 16


class Author(NamedTuple):
    """Who appended: in a shared log `node` and `incarnation` are None, for there the region is the author."""

    region: str
    node: str | None
    incarnation: int | None


class Request(NamedTuple):
    """What was asked: the audit entry of a change is derived from it. Never in a shared log."""

    caller: str
    access_key_id: str
    request_id: str
    source_address: str
    user_agent: str
    operation: str
    parameters: dict[str, object] | None


class Envelope(NamedTuple):
    """The signed fields.

    `log`: its name; `time`: the author's clock, integer milliseconds; `streams`: (name, expected revision or None) of
    every stream touched or rested on; `domain`: (bucket, epoch) of the domain key that its secrets are wrapped under;
    `key_epoch`: (count, region); `origin`: (region, number, hash) of the shared record that is adopted;
    `adopted`: what the publishing region had adopted of each other region, by number; `shared`: the bytes that
    peers get, `body`: those that this region folds.
    """

    format: int
    least_reader: int
    record_id: bytes
    command_id: bytes | None
    author: Author
    sequence: int
    previous: bytes
    seen_sequence: int
    seen_digest: bytes
    log: str
    partition: int
    time: int
    streams: tuple[tuple[str, int | None], ...]
    domain: tuple[int, int] | None
    key_epoch: tuple[int, str] | None
    origin: tuple[str, int, bytes] | None
    adopted: dict[str, int] | None
    request: Request | None
    shared: bytes | None
    body: bytes | None


FIELD_COUNT = len(Envelope._fields)
AUTHOR_COUNT = len(Author._fields)
REQUEST_COUNT = len(Request._fields)
LONGEST_COMMAND_ID = 64
LONGEST_STREAM = 500
"""UTF-8 bytes; both are keys of the state store, which takes 511 bytes with the partition before them."""
_AUTHOR = Envelope._fields.index("author")
_REQUEST = Envelope._fields.index("request")
_NOTHING = type(None)
_TYPES = (
    *(frozenset({kind}) for kind in (int, int, bytes)),
    frozenset({bytes, _NOTHING}),
    *(frozenset({kind}) for kind in (tuple, int, bytes, int, bytes, str, int, int, tuple)),
    *(frozenset({kind, _NOTHING}) for kind in (tuple, tuple, tuple, dict, tuple, bytes, bytes)),
)
"""The types that each field may have, in the order of `Envelope`."""
_AUTHOR_TYPES = frozenset(product((str,), (str, _NOTHING), (int, _NOTHING)))
_STREAM_TYPES = frozenset(product((str,), (int, _NOTHING)))


class Record(NamedTuple):
    """A record as received: what is signed, under which key, and the proof."""

    signed: bytes
    key_id: str
    proof: bytes


class NotARecord(Exception):
    """Bytes that are no record: anyone may write junk to a topic."""


def encode_envelope(envelope: Envelope) -> bytes:
    return bytes(msgpack.packb(envelope))


# Combinations found right before: there are few, because each field has at most two types.
_known_types: set[tuple[type, ...]] = set()


def _require_known(types: tuple[type, ...]) -> None:
    """Errors: TypeError."""
    if len(types) != FIELD_COUNT or not all(map(contains, _TYPES, types)):
        raise TypeError("a field is missing or has another type")
    _known_types.add(types)


# As `_make` of a named tuple, without its own check of the length: lengths and types are checked here.
_new: Callable[[type[Any], Iterable[object]], Any] = tuple.__new__


def decode_envelope(signed: bytes) -> Envelope:
    """Read the signed bytes, those of a later version too (appended fields are passed over). Errors: NotARecord.

    Every field has its type and the bounds that the state store sets, so that no record can stop its reader.
    """
    try:
        fields: list[Any] = list(msgpack.unpackb(signed, use_list=False, strict_map_key=False))
        del fields[FIELD_COUNT:]
        types = tuple(map(type, fields))
        if types not in _known_types:
            _require_known(types)
        fields[_AUTHOR] = _new(Author, fields[_AUTHOR][:AUTHOR_COUNT])
        if fields[_REQUEST] is not None:
            fields[_REQUEST] = Request._make(fields[_REQUEST][:REQUEST_COUNT])
        envelope: Envelope = _new(Envelope, fields)
        _require_bounds(envelope)
    except (ValueError, TypeError, IndexError, KeyError, msgpack.UnpackException) as error:
        raise NotARecord(f"the signed bytes do not hold an envelope: {type(error).__name__}") from error
    return envelope


def _require_bounds(envelope: Envelope) -> None:
    """Errors: TypeError, ValueError."""
    if tuple(map(type, envelope.author)) not in _AUTHOR_TYPES:
        raise TypeError("the author's fields are missing or have other types")
    if envelope.sequence < 0 or envelope.seen_sequence < 0 or envelope.partition < 0 or envelope.time < 0:
        raise ValueError("a number is negative")
    if envelope.command_id is not None and not 0 < len(envelope.command_id) <= LONGEST_COMMAND_ID:
        raise ValueError("the command id is empty or too long")
    for stream, expected in envelope.streams:
        if (type(stream), type(expected)) not in _STREAM_TYPES:
            raise TypeError("a stream is a name and a revision")
        if not 0 < len(stream.encode()) <= LONGEST_STREAM:
            raise ValueError("a stream's name is empty or too long")
    if envelope.origin is not None:
        _require_types(envelope.origin, (str, int, bytes))
    if envelope.adopted:
        for heard in envelope.adopted.items():
            _require_types(heard, (str, int))


def _require_types(values: tuple[object, ...], types: tuple[type, ...]) -> None:
    if tuple(map(type, values)) != types:
        raise TypeError("a field's parts have other types")


def encode_record(record: Record) -> bytes:
    return bytes(msgpack.packb(record))


def decode_record(encoded: bytes) -> Record:
    """Take a record apart without believing anything in it. Errors: NotARecord."""
    try:
        signed, key_id, proof = msgpack.unpackb(encoded, use_list=False)
    except (ValueError, TypeError, msgpack.UnpackException) as error:
        raise NotARecord(f"not three msgpack values: {type(error).__name__}") from error
    if type(signed) is not bytes or type(key_id) is not str or type(proof) is not bytes:
        raise NotARecord("signed bytes, key id and proof have other types")
    return Record(signed, key_id, proof)


def record_hash(signed: bytes) -> bytes:
    """The record's identity in every chain: SHA-256 over the signed bytes."""
    return hashlib.sha256(signed).digest()


class RecordKey(NamedTuple):
    """The key under which a region authenticates the records of its own log. `secret` is 32 bytes."""

    key_id: str
    secret: bytes

    def __repr__(self) -> str:
        return f"RecordKey({self.key_id!r}, …)"


@lru_cache(maxsize=16)
def _keyed(secret: bytes) -> HMAC:
    """An HMAC that has taken its key in: a copy of it costs less than half of one begun anew."""
    return HMAC(secret, SHA256())


def authenticate(signed: bytes, key: RecordKey) -> bytes:
    """The whole record, its MAC made: what is appended to a region's own log."""
    mac = _keyed(key.secret).copy()
    mac.update(signed)
    return encode_record(Record(signed, key.key_id, mac.finalize()))


def is_authentic(record: Record, key: RecordKey) -> bool:
    """Whether the MAC is this region's. Compared in constant time."""
    if record.key_id != key.key_id:
        return False
    mac = _keyed(key.secret).copy()
    mac.update(record.signed)
    try:
        mac.verify(record.proof)
    except InvalidSignature:
        return False
    return True
