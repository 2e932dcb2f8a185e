"""A region whose secrets are wrapped under real domain keys, which advance and are destroyed while it lives and fails.

Owns its disk of keys, which outlives crashes, and what can be read of a log by whoever has it. What crosses a border is
sealed in the form of `materials.py`: sealing keys are not exchanged here.
"""

import asyncio
import random
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from replication.fold.erasing import domain_in
from replication.records.body import decode_adoption, decode_change, decode_shared
from replication.records.record import Envelope, decode_envelope, decode_record
from replication.reports.erasure_report import Intervals, Reader
from replication.state.state_store import Snapshot
from services.region_node.changes.recording import Place
from services.region_node.changes.renewing import Renewing
from services.region_node.erasure.domain_care import DomainCare
from services.region_node.erasure.epoch_opening import EpochOpening
from services.region_node.erasure.fresh_keys import FreshKeys
from services.region_node.erasure.known_keys import KnownKeys
from services.region_node.erasure.settings import ErasureSettings
from services.region_node.keys.cabinet import MemoryCabinet, domain_file, numbers_in, waiting_for
from services.region_node.keys.region_keys import RegionKeys
from services.region_node.keys.vault import RegionVault, material_binding
from shared.crypto.domain_keys import DOMAIN_KEY_LENGTH, FIRST_EPOCH, DomainKeys, SecretUnavailable
from shared.crypto.region_certificate import identity_certificate
from shared.crypto.sealing_keys import SealingKeys
from shared.decision import Decision
from shared.erasure.events import SecretRewrapped
from shared.events import Event, WithMaterials, materials_of
from shared.secrets import Secret
from tests.replication.written_log import HOME, IDENTITIES, START
from tests.services.region_node.nodes.own_copy import OwnCopy
from tests.simulation.materials import opened
from tests.simulation.region import PARTITIONS, SimulatedRegion

BUCKETS = 3
"""Two for keys, and one for tokens, of which there are none."""
NODE = "node-1"
AT_ONCE = ErasureSettings(advance_hours=0)
CARE_SECONDS = 0.2
HESITATIONS = (0, 0, 0.3, 1.5, 1.5)
CERTIFICATE = identity_certificate(IDENTITIES[HOME], HOME, START)


class Disk(MemoryCabinet):
    """`ever`: the domain keys that it has ever held, by bucket and epoch: what nobody but this test has."""

    def __init__(self, secrets: Mapping[str, Secret]) -> None:
        super().__init__(secrets)
        self.ever = self.domain_keys()

    def add(self, name: str, secret: Secret) -> None:
        super().add(name, secret)
        self.ever |= self.domain_keys()

    def domain_keys(self) -> dict[tuple[int, int], Secret]:
        return {(bucket, epoch): self.open(domain_file(bucket, epoch)) for bucket, epoch in self._places()}

    def _places(self) -> list[tuple[int, ...]]:
        return numbers_in("domain", self.names())

    def fetch(self, bucket: int, epoch: int) -> Secret | None:
        return self.domain_keys().get((bucket, epoch))

    def fresh(self, bucket: int, epoch: int) -> list[Secret]:
        return waiting_for(domain_file(bucket, epoch), self)


class Copy(NamedTuple):
    """A wrapped secret somewhere in a log."""

    key_id: str
    material_id: str
    wrapped: bytes

    def opens(self, keys: DomainKeys, account: str) -> bytes | None:
        try:
            return keys.unwrap(self.wrapped, material_binding(account, self.key_id, self.material_id)).reveal()
        except SecretUnavailable:
            return None


class ErasingRegion(SimulatedRegion):
    """Each life of its process reads its keys from the disk."""

    remembers = True

    def __init__(self, name: str, chance: random.Random) -> None:
        super().__init__(name, chance)
        first = {domain_file(bucket, FIRST_EPOCH): chance.randbytes(DOMAIN_KEY_LENGTH) for bucket in range(BUCKETS)}
        self.disk = Disk({file: Secret(key) for file, key in first.items()})
        self._begin()
        self.besides.append(self._care)

    def start(self) -> None:
        self._begin()
        super().start()

    def _begin(self) -> None:
        domain_keys = DomainKeys(self.disk.domain_keys(), self.disk.fetch, self.disk.fresh)
        domain_keys.buckets = BUCKETS
        self._keys = RegionKeys(
            self.name, "", Secret(b""), IDENTITIES[self.name], SealingKeys({}), domain_keys, CERTIFICATE, self.disk
        )
        self.vault = RegionVault(self._keys, PARTITIONS, dict)

    async def _care(self) -> None:
        place = Place(self.name, NODE, PARTITIONS, self.store, self.submit, self.now)
        fresh = FreshKeys(self._keys, KnownKeys(self.name, PARTITIONS, BUCKETS, self.store))
        opening = EpochOpening(place, None, fresh, OwnCopy(NODE))
        care = DomainCare(place, AT_ONCE, self._keys, self.vault, opening)
        while True:
            await asyncio.sleep(CARE_SECONDS)
            await care.run()

    async def hesitate(self) -> None:
        """It may be stopped there: what it has wrapped grows old."""
        await asyncio.sleep(self.chance.choice(HESITATIONS))

    def renewed(self, decision: Decision, snapshot: Snapshot) -> Decision:
        return Renewing(self.vault, PARTITIONS)(decision, snapshot)

    def rewrapped(self, events: tuple[Event, ...]) -> Mapping[str, bytes]:
        """As the product does it: what is of another bucket than the first is left out."""
        found: dict[str, bytes] = {}
        with self.store.read() as snapshot:
            for event in events:
                for material in materials_of(event):
                    if isinstance(event, WithMaterials) and self.name in (material.sealed or {}):
                        binding = material_binding(event.account, event.key_id, material.material_id)
                        domain = domain_in(snapshot, PARTITIONS, self.vault.bucket(event.account, binding))
                        secret = Secret(opened(self.name, (material.sealed or {})[self.name]))
                        found[material.material_id] = self.vault.wrap_in(domain, binding, secret)
        return found

    def waiting(self) -> list[str]:
        """The streams of which something is not erased yet, as far as domain keys go."""
        with self.store.read() as snapshot:
            reader = Reader(snapshot, self.name, PARTITIONS, Intervals(0, 0), str)
            destroyed = [one for number in range(PARTITIONS) for one in reader.partition(number)]
        return [one.stream for one in destroyed if any(not text.startswith("sealing") for text in one.hindrances)]


def copies_in(encoded: bytes) -> Iterator[Copy]:
    """Every wrapped secret of an entry of a region's own log, whether the entry counts or not."""
    yield from copies_of(decode_envelope(decode_record(encoded).signed))


def copies_of(envelope: Envelope) -> Iterator[Copy]:
    if envelope.body is None:
        return
    if envelope.origin is None:
        for event in decode_change(envelope.body).events:
            yield from _of_event(event)
        return
    adoption = decode_adoption(envelope.body)
    shared = decode_envelope(decode_record(adoption.shared_record).signed).shared
    for event in decode_shared(shared or b""):
        if isinstance(event, WithMaterials):
            for material in event.materials:
                if (wrapped := adoption.rewrapped.get(material.material_id)) is not None:
                    yield Copy(event.key_id, material.material_id, wrapped)


def _of_event(event: Event) -> Iterator[Copy]:
    if isinstance(event, SecretRewrapped):
        yield from (Copy(event.name, material_id, wrapped) for material_id, wrapped in event.rewrapped.items())
    elif isinstance(event, WithMaterials):
        for material in event.materials:
            if material.wrapped is not None:
                yield Copy(event.key_id, material.material_id, material.wrapped)
