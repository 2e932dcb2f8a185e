"""A world that has come to rest, read the way that nobody in it reads it: every log from its beginning, on its own.

Owns what the invariants at rest look at.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple

from replication.fold.judge import NUMBERED, Verdict
from replication.records.adopted import read_adoption
from replication.records.body import decode_change, decode_shared
from replication.records.record import Envelope, NotARecord, decode_envelope, decode_record, record_hash
from replication.records.shared_record import read_shared_record
from replication.state.memory_store import MemoryStore
from replication.state.state_store import OUTBOX, partition_prefix
from shared import events as e
from shared.crypto.region_identity import verify_signature
from shared.keys.model import Key
from tests.replication.written_log import IDENTITIES
from tests.simulation.region import SimulatedRegion
from tests.simulation.world import World


@dataclass(frozen=True)
class History:
    """A region's own log, folded from nothing. `numbered`: the records that count, with their verdicts, in order."""

    store: MemoryStore
    numbered: list[tuple[Verdict, Envelope]]
    shared: dict[int, Envelope]
    """What the region shares, by number: the outbox of a region that is rebuilt is its whole history."""
    hashes: dict[int, bytes]

    @cached_property
    def applied(self) -> list[Envelope]:
        return [envelope for verdict, envelope in self.numbered if verdict is Verdict.APPLIED]

    def own_events(self) -> Iterator[tuple[Envelope, e.Event]]:
        """What happened in the region itself, in order."""
        return ((envelope, event) for envelope, event in self.events if envelope.origin is None)

    @cached_property
    def events(self) -> list[tuple[Envelope, e.Event]]:
        """What happened in the region, and what it has adopted, in order."""
        return [(envelope, event) for envelope in self.applied for event in _events_of(envelope)]


def _events_of(envelope: Envelope) -> tuple[e.Event, ...]:
    if envelope.origin is None:
        return decode_change(envelope.body or b"").events
    return read_adoption(envelope).events or ()


class Said(NamedTuple):
    """An event that a region has shared, where it stands, and in which epoch it was decided."""

    origin: str
    number: int
    epoch: tuple[int, str] | None
    event: e.Event


class Rest:
    """`regions`: those that are left and honest."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.regions = {region.name: region for region in world.left}

    def shared_records(self, name: str) -> list[bytes]:
        """What stands in the region's shared log and was signed by it: an attacker may have added what he likes."""
        signed_by, found = partial(verify_signature, IDENTITIES[name].public_bytes), list[bytes]()
        for encoded in self.regions[name].shared.entries[0]:
            with suppress(NotARecord):
                found.append(read_shared_record(encoded, name, 0, signed_by).encoded)
        return found

    @cached_property
    def histories(self) -> dict[str, History]:
        return {name: history_of(region) for name, region in self.regions.items()}

    @cached_property
    def keys(self) -> dict[str, dict[str, Key]]:
        """By region and id."""
        return {name: region.keys() for name, region in self.regions.items()}

    @cached_property
    def said(self) -> list[Said]:
        return [
            Said(origin, number, envelope.key_epoch, event)
            for origin, history in self.histories.items()
            for number, envelope in history.shared.items()
            for event in decode_shared(envelope.shared or b"")
        ]


def history_of(region: SimulatedRegion) -> History:
    """Of its log as it is, whether or not the region is left."""
    store, outcomes = region.rebuilt()
    envelopes = {}
    for encoded in region.local.entries[0]:
        try:
            signed = decode_record(encoded).signed
            envelopes[record_hash(signed)] = decode_envelope(signed)
        except NotARecord:  # what an attacker has put there
            continue
    numbered = [(one.verdict, envelopes[one.record_hash]) for one in outcomes if one.verdict in NUMBERED]
    with store.read() as snapshot:
        rows = [signed for _, signed in snapshot.scan(OUTBOX, partition_prefix(0), partition_prefix(0))]
    shared = {envelope.sequence: envelope for envelope in map(decode_envelope, rows)}
    return History(
        store, numbered, shared, {number: record_hash(row) for number, row in zip(shared, rows, strict=True)}
    )
