"""A region's log as honest authors write it, in a list: what the tests of the fold tamper with.

Every record's seen head is the whole log before it, as if its author had applied all of it.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from msgspec.structs import replace

from replication.records.body import Adoption, encode_adoption, encode_change, encode_shared
from replication.records.position import EMPTY_HEAD, NO_HASH, Head, extend
from replication.records.record import (
    FORMAT_VERSION,
    READER_VERSION,
    Author,
    Envelope,
    Record,
    RecordKey,
    Request,
    authenticate,
    decode_envelope,
    decode_record,
    encode_envelope,
    encode_record,
    record_hash,
)
from replication.sharing.publication import local_log, shared_log
from shared import events as e
from shared.crypto.region_identity import RegionIdentity
from shared.events import Event, stream_of
from shared.grants.events import GrantCreated
from shared.identifiers import key_stream
from shared.secrets import Secret

HOME, PEER, THIRD = "us-east-1", "eu-west-1", "ap-southeast-2"
NODE, OTHER_NODE = "node-1", "node-2"
ACCOUNT = "111122223333"
RECORD_KEY = RecordKey("0123456789abcdef", b"record key of the home region...")
START = 1_700_000_000_000
IDENTITIES = {region: RegionIdentity(Secret(region.encode().ljust(32, b"."))) for region in (HOME, PEER, THIRD)}


def key_id(number: int) -> str:
    return f"{number:08x}-12ab-34cd-56ef-1234567890ab"


def multi_region_key_id(number: int) -> str:
    return f"mrk-{number:032x}"


def stream(number: int) -> str:
    return key_stream(ACCOUNT, key_id(number))


def created(number: int, key: str = "", primary_region: str | None = None) -> e.KeyCreated:
    """A key's birth; `number` makes its id and material, unless `key` is its id."""
    born = e.MaterialBorn(f"{number:064x}", key or key_id(number), START, b"wrapped %d" % number)
    return e.KeyCreated(
        ACCOUNT, key or key_id(number), "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "AWS_KMS", (born,), primary_region
    )


def granted(number: int, account: str = ACCOUNT, retiring: str | None = None) -> GrantCreated:
    """A grant on the key of that number; the grant's id is made of the number too."""
    grantee = f"arn:aws:iam::{account}:user/grantee"
    return GrantCreated(
        account, key_id(number), f"{number:064x}", START, account, ("Decrypt",), "", grantee, None, retiring
    )


def described(number: int, description: str) -> e.KeyDescriptionUpdated:
    return e.KeyDescriptionUpdated(ACCOUNT, key_id(number), description)


def shared_form(number: int, *regions: str) -> e.KeyCreated:
    """The birth of a multi-region key of `HOME` as its peers see it."""
    event = created(number, multi_region_key_id(number), HOME)
    sealed = {region: b"sealed for " + region.encode() for region in regions}
    return event._replace(materials=tuple(m._replace(wrapped=None, sealed=sealed) for m in event.materials))


def request(operation: str = "CreateKey") -> Request:
    return Request("arn:aws:iam::111122223333:user/admin", "AKIA", "id", "127.0.0.1", "boto3", operation, {"A": [1]})


def altered(record: bytes, key: RecordKey = RECORD_KEY, **fields: Any) -> bytes:
    """The record with other envelope fields, and a right MAC."""
    envelope = replace(decode_envelope(decode_record(record).signed), **fields)
    return authenticate(encode_envelope(envelope), key)


def signed(envelope: Envelope) -> bytes:
    """A shared record under its region's identity."""
    region = envelope.author.region
    return sealed_record(region, encode_envelope(envelope))


def sealed_record(region: str, content: bytes) -> bytes:
    return encode_record(Record(content, region, IDENTITIES[region].sign(content)))


def hash_of(record: bytes) -> bytes:
    return record_hash(decode_record(record).signed)


def envelope_of(record: bytes) -> Envelope:
    return decode_envelope(decode_record(record).signed)


class Chained(NamedTuple):
    incarnation: int
    sequence: int
    previous: bytes


class WrittenLog:
    """One partition of a region's log. Each method appends one record and returns it."""

    def __init__(self, region: str = HOME, partition: int = 0, key: RecordKey = RECORD_KEY) -> None:
        self.region, self.partition, self.key = region, partition, key
        self.records: list[bytes] = []
        self.head: Head = EMPTY_HEAD
        self.time = START
        self._chains: dict[str, Chained] = {}

    def open(self, node: str = NODE, **fields: Any) -> bytes:
        """A new incarnation of the node."""
        incarnation = self._chains[node].incarnation + 1 if node in self._chains else 1
        self._chains[node] = Chained(incarnation, 0, NO_HASH)
        return self._append(node, **fields)

    def write(
        self,
        *events: Event,
        node: str = NODE,
        expected: Mapping[str, int] = {},
        answer: str = "",
        shared: Iterable[Event] | None = None,
        **fields: Any,
    ) -> bytes:
        """A change with these events; `expected` gives the revisions that it rests on."""
        names = dict.fromkeys([*(stream_of(event) for event in events), *expected])
        return self._append(
            node,
            **{
                "streams": tuple((name, expected.get(name)) for name in names),
                "shared": None if shared is None else encode_shared(shared),
                "body": encode_change(answer, events),
                "request": request(),
                **fields,
            },
        )

    def adopt(
        self, shared_record: bytes, rewrapped: Mapping[str, bytes] = {}, node: str = NODE, **fields: Any
    ) -> bytes:
        """The adoption of another region's shared record, as a mirror makes it."""
        inner = envelope_of(shared_record)
        return self._append(
            node,
            **{
                "streams": inner.streams,
                "origin": (inner.author.region, inner.sequence, hash_of(shared_record)),
                "adopted": inner.adopted,
                "time": inner.time,
                "body": encode_adoption(Adoption(shared_record, rewrapped)),
                **fields,
            },
        )

    def _append(self, node: str, **fields: Any) -> bytes:
        chain = self._chains[node]
        self.time += 1000
        envelope = replace(_blank(self, Author(self.region, node, chain.incarnation), chain), **fields)
        content = encode_envelope(envelope)
        record = authenticate(content, self.key)
        self._chains[node] = Chained(chain.incarnation, chain.sequence + 1, record_hash(content))
        self.head = extend(self.head, record_hash(content))
        self.records.append(record)
        return record


def _blank(log: WrittenLog, author: Author, chain: Chained) -> Envelope:
    place = f"{log.region} {log.partition} {author.node} {author.incarnation} {chain.sequence}"
    return Envelope(
        format=FORMAT_VERSION,
        least_reader=READER_VERSION,
        record_id=hashlib.sha256(place.encode()).digest()[:16],
        command_id=hashlib.sha256(b"command " + place.encode()).digest()[:16] if chain.sequence else None,
        author=author,
        sequence=chain.sequence,
        previous=chain.previous,
        seen_sequence=log.head.sequence,
        seen_digest=log.head.digest,
        log=local_log(log.region),
        partition=log.partition,
        time=log.time,
        streams=(),
        domain=None,
        key_epoch=None,
        origin=None,
        adopted=None,
        request=None,
        shared=None,
        body=None,
    )


class SharedLog:
    """One partition of a region's shared log, signed."""

    def __init__(self, region: str = PEER, partition: int = 0) -> None:
        self.region, self.partition = region, partition
        self.records: list[bytes] = []
        self.head: Head = EMPTY_HEAD

    def share(self, *events: Event, adopted: Mapping[str, int] = {}, **fields: Any) -> bytes:
        number = self.head.sequence + 1
        envelope = Envelope(
            format=FORMAT_VERSION,
            least_reader=READER_VERSION,
            record_id=hashlib.sha256(f"{self.region} {number}".encode()).digest()[:16],
            command_id=None,
            author=Author(self.region, None, None),
            sequence=number,
            previous=self.head.digest,
            seen_sequence=0,
            seen_digest=NO_HASH,
            log=shared_log(self.region),
            partition=self.partition,
            time=START + number,
            streams=tuple((name, None) for name in dict.fromkeys(map(stream_of, events))),
            domain=None,
            key_epoch=None,
            origin=None,
            adopted=dict(adopted),
            request=None,
            shared=encode_shared(map(self._own, events)),
            body=None,
        )
        envelope = replace(envelope, **fields)
        record = signed(envelope)
        self.head = Head(number, hash_of(record))
        self.records.append(record)
        return record

    def _own(self, event: Event) -> Event:
        """The event as this region may share it: it is the key's primary, the account's home."""
        if isinstance(event, e.KeyCreated):
            return event._replace(primary_region=self.region)
        return event._replace(home_region=self.region) if isinstance(event, e.AccountCreated) else event
