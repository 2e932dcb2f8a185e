"""The record: events in a signed envelope.

Owns the layout, which never changes: a record on the wire is a msgpack array [signed bytes, key id, proof]; the signed
bytes are a msgpack array of the fields of `Envelope`, in that order. Hash, MAC and signature cover exactly the signed
bytes as received. Inside a region the proof is an HMAC-SHA256 (RFC 2104) under the region's record key; in a shared log
it is the region's Ed25519 signature (RFC 8032). Later versions append fields or raise `least_reader`; they never move
one.
"""

import hashlib
from functools import lru_cache
from typing import Annotated, Any, NamedTuple

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from shared.audit.entry import Identity

FORMAT_VERSION = 1
READER_VERSION = 1
RECORD_ID_BYTES = 16
HASH_BYTES = 32
LONGEST_COMMAND_ID = 64
LONGEST_STREAM = 500
"""UTF-8 bytes; both are keys of the state store, which takes 511 bytes with the partition before them."""

_Number = Annotated[int, msgspec.Meta(ge=0)]
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_STREAM)]
_CommandId = Annotated[bytes, msgspec.Meta(min_length=1, max_length=LONGEST_COMMAND_ID)]


class _Layout(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """An array whose places mean the same for ever. Elements beyond them are a later version's, and passed over."""


class Author(_Layout, frozen=True):
    """Who appended: in a shared log `node` and `incarnation` are None, for there the region is the author."""

    region: str
    node: str | None
    incarnation: int | None


class Request(_Layout, frozen=True):
    """What was asked: the audit entry of a change is derived from it. Never in a shared log.

    The fields from `identity` on came later: who that was as the audit trail tells it, by which service's name it was
    asked for, and whether over TLS; then `grants`, the ids of those by which it was permitted. A request without those
    of a later form is written in the form before.
    """

    caller: str
    access_key_id: str
    request_id: str
    source_address: str
    user_agent: str
    operation: str
    parameters: dict[str, Any] | None
    identity: Identity | None = None
    service: str = ""
    secure: bool = False
    grants: tuple[str, ...] = ()


_FIRST_FIELDS, _SECOND_FIELDS = 7, 10
"""Of a request, as it was released first, and next."""


class Envelope(_Layout, frozen=True):
    """The signed fields. The annotations are the check of what is read: types, and the bounds of the state store.

    `log`: its name; `time`: the author's clock, integer milliseconds; `streams`: (name, expected revision or None) of
    every stream touched or rested on; `domain`: (bucket, epoch) of the domain key that its secrets are wrapped under;
    `key_epoch`: (count, region); `origin`: (region, number, hash) of the shared record that is adopted;
    `adopted`: what the publishing region had adopted of each other region, by number; `shared`: the bytes that
    peers get, `body`: those that this region folds.
    """

    format: int
    least_reader: int
    record_id: bytes
    command_id: _CommandId | None
    author: Author
    sequence: _Number
    previous: bytes
    seen_sequence: _Number
    seen_digest: bytes
    log: str
    partition: _Number
    time: _Number
    streams: tuple[tuple[_Name, int | None], ...]
    domain: tuple[int, int] | None
    key_epoch: tuple[int, str] | None
    origin: tuple[str, int, bytes] | None
    adopted: dict[str, int] | None
    request: Request | None
    shared: bytes | None
    body: bytes | None


class Record(NamedTuple):
    """A record as received: what is signed, under which key, and the proof."""

    signed: bytes
    key_id: str
    proof: bytes


class NotARecord(Exception):
    """Bytes that are no record: anyone may write junk to a topic."""


UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""How bytes fail that have not the layout they are read with."""
_read_envelope = msgspec.msgpack.Decoder(Envelope).decode
_read_record = msgspec.msgpack.Decoder(Record).decode
_write = msgspec.msgpack.Encoder().encode


def encode_envelope(envelope: Envelope) -> bytes:
    request = envelope.request
    if isinstance(request, Request) and not request.grants:
        fields = _FIRST_FIELDS if request.identity is None else _SECOND_FIELDS
        earlier: Any = msgspec.structs.astuple(request)[:fields]
        return _write(msgspec.structs.replace(envelope, request=earlier))
    return _write(envelope)


def decode_envelope(signed: bytes) -> Envelope:
    """Read the signed bytes, those of a later version too. Errors: NotARecord.

    Every field has its type and the bounds that the state store sets, so that no record can stop its reader.
    """
    try:
        envelope = _read_envelope(signed)
    except UNREADABLE as error:
        raise NotARecord(f"the signed bytes do not hold an envelope: {type(error).__name__}") from error
    for stream, _ in envelope.streams:
        # The bound above counts characters.
        if not stream.isascii() and len(stream.encode()) > LONGEST_STREAM:
            raise NotARecord("a stream's name is too long")
    return envelope


def encode_record(record: Record) -> bytes:
    return _write(record)


def decode_record(encoded: bytes) -> Record:
    """Take a record apart without believing anything in it. Errors: NotARecord."""
    try:
        return _read_record(encoded)
    except UNREADABLE as error:
        raise NotARecord(f"not signed bytes, key id and proof: {type(error).__name__}") from error


# A copy of it is made in half the time of a new one, for which OpenSSL looks the algorithm up.
_EMPTY_HASH = hashlib.sha256()


def record_hash(signed: bytes) -> bytes:
    """The record's identity in every chain: SHA-256 over the signed bytes."""
    digest = _EMPTY_HASH.copy()
    digest.update(signed)
    return digest.digest()


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
