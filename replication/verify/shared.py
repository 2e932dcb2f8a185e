"""The checks at the border: what a region published, and what it adopted.

Owns signatures, numbers and chains of shared records. A shared record must be what the local log makes it, an adopted
one what its origin signed.
"""

from collections.abc import Collection, Mapping

from replication.log.event_log import Entry
from replication.records.body import decode_adoption
from replication.records.position import NO_HASH, Head
from replication.records.record import Envelope, NotARecord, decode_envelope, decode_record, record_hash
from replication.sharing.publication import shared_log
from replication.verify.findings import Kind, Tell, runs
from shared.crypto.region_identity import verify_signature
from shared.event_codec import UnknownEvent


class SharedNumbering:
    """One partition of a region's shared log. `identity`: the public half of its signing key."""

    def __init__(self, region: str, partition: int, identity: bytes, tell: Tell) -> None:
        self._region, self._partition, self._identity, self._tell = region, partition, identity, tell
        self._hashes: dict[int, bytes] = {}
        self._previous: dict[int, bytes] = {}

    def take(self, entry: Entry) -> None:
        try:
            record = decode_record(entry.record)
            if not verify_signature(self._identity, record.signed, record.proof):
                self._tell(Kind.FOREIGN, f"position {entry.position}: its signature is not this region's")
                return
            envelope = decode_envelope(record.signed)
        except NotARecord as error:
            self._tell(Kind.FOREIGN, f"position {entry.position}: {error}")
            return
        if (envelope.log, envelope.partition) != (shared_log(self._region), self._partition):
            self._tell(Kind.FOREIGN, f"position {entry.position}: it belongs to {envelope.log} {envelope.partition}")
            return
        hash_ = record_hash(record.signed)
        if self._hashes.setdefault(envelope.sequence, hash_) != hash_:
            self._tell(Kind.FORKED, f"position {entry.position}: two records bear the number {envelope.sequence}")
        self._previous.setdefault(envelope.sequence, envelope.previous)

    def finish(self, made: list[bytes], outbox: Mapping[int, bytes], published: int) -> None:
        """Compare with `made`, the hashes of what the local log makes.

        `published`: the shared head of the state; up to there every number stands in the log or in the outbox.
        """
        self._check_chain()
        due = range(1, len(made) + 1)
        waiting = {number: record_hash(signed) for number, signed in outbox.items()}
        for kind, numbers, why in (
            (Kind.TRUNCATED, self._hashes.keys() - due, "published, the local log does not give it"),
            (Kind.SHARED, _other_than(made, self._hashes) & set(due), "not what the local log makes it"),
            (Kind.SHARED, _other_than(made, waiting), "waiting for publication, and not what the local log makes it"),
            (
                Kind.UNPUBLISHED,
                set(range(1, published + 1)) - self._hashes.keys() - outbox.keys(),
                "neither in the shared log nor in the outbox",
            ),
        ):
            for run in runs(sorted(numbers)):
                self._tell(kind, f"{run}: {why}")

    def _check_chain(self) -> None:
        for number, previous in sorted(self._previous.items()):
            before = NO_HASH if number == 1 else self._hashes.get(number - 1)
            if before is None:
                self._tell(Kind.MISSING, f"number {number - 1} is missing before number {number}")
            elif before != previous:
                self._tell(Kind.FORKED, f"number {number} follows another record than number {number - 1}")


def _other_than(made: list[bytes], hashes: Mapping[int, bytes]) -> set[int]:
    """The numbers whose hash is not that of what was made under them."""
    return {number for number, hash_ in hashes.items() if [hash_] != made[max(number, 1) - 1 : number]}


def check_adoption(envelope: Envelope, before: Head, identities: Collection[bytes], tell: Tell) -> None:
    """Check an adoption that applies against its origin's signature. `identities`: those that the origin has had here
    so far, one unless it was built anew."""
    if envelope.origin is None:
        raise AssertionError("only adoptions have an origin")
    region, number, hash_ = envelope.origin
    name = f"the adoption of number {number} of {region}"
    if not identities:
        tell(Kind.ADOPTION, f"{name}: no card of {region} is pinned")
        return
    try:
        record = decode_record(decode_adoption(envelope.body or b"").shared_record)
        inner = decode_envelope(record.signed)
    except (NotARecord, UnknownEvent) as error:
        tell(Kind.ADOPTION, f"{name}: {error}")
        return
    for wrong, why in (
        (
            not any(verify_signature(identity, record.signed, record.proof) for identity in identities),
            "its signature does not fit the pinned card",
        ),
        (record_hash(record.signed) != hash_ or inner.sequence != number, "it holds another record than it names"),
        ((inner.log, inner.partition) != (shared_log(region), envelope.partition), "the record belongs elsewhere"),
        (inner.previous != before.digest, "it does not follow the one adopted before"),
        (inner.adopted != envelope.adopted, "it names other causes"),
        # A condition that the shared record should not have, and has, is not adopted with it.
        (tuple((name, None) for name, _ in inner.streams) != envelope.streams, "it names other streams"),
    ):
        if wrong:
            tell(Kind.ADOPTION, f"{name}: {why}")
