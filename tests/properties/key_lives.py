"""Three regions and what may become of their keys, without logs: what is shared travels in order, when it is let.

Owns the little world in which `test_no_blob_orphaned.py` lets keys live. A region's pulses say how far it has adopted
its peers when they were last heard. A secret that arrives is the same bytes, so that it can be compared.
"""

from collections.abc import Mapping
from contextlib import suppress
from itertools import product
from typing import NamedTuple

from shared.crypto.entropy import multi_region_key_id
from shared.decision import Decision
from shared.errors import KeytideError
from shared.events import Event, MaterialBorn, materials_of
from shared.keys.commands import (
    CreateKey,
    KeyName,
    RegionalSettings,
    ReplicateKey,
    RotateKeyOnDemand,
    ScheduleKeyDeletion,
    SettingsLimits,
    UpdatePrimaryRegion,
)
from shared.keys.decide import create_key
from shared.keys.decide_deletion import delete_key, schedule_key_deletion
from shared.keys.decide_family import ConvertKey, convert_key, convertible, create_family
from shared.keys.decide_primary import update_primary_region
from shared.keys.decide_replica import replicable, replicate_key
from shared.keys.decide_rotation import finish_rotation, rotatable, rotate_on_demand
from shared.keys.heirs import inherited_from, key_of_blob
from shared.keys.model import Key
from shared.keys.replicas_tag import REPLICAS_TAG
from tests.shared.keys.examples import ACCOUNT, AUTHOR
from tests.shared.memory_view import MemoryView

REGIONS = ("us-east-1", "eu-west-1", "ap-southeast-2")


class Blob(NamedTuple):
    """What a blob says of itself, and the secret that opens it."""

    key_id: str
    material_id: str
    secret: bytes


class Shared(NamedTuple):
    """A shared record. `causes`: how far its author had adopted the others."""

    events: tuple[Event, ...]
    causes: Mapping[str, int]


class Region:
    def __init__(self, name: str) -> None:
        self.name = name
        self.view = MemoryView(name)
        self.shared: list[Shared] = []
        self.adopted = dict.fromkeys(REGIONS, 0)
        self.heard: dict[str, dict[str, int]] = {}
        self.seen: dict[str, int] = {}
        """By new material: the number that is waited for."""

    def key(self, key_id: str) -> Key | None:
        return self.view.key(ACCOUNT, key_id)


class World:
    """`overdue`: rotations do not wait for regions that are not heard."""

    def __init__(self, *, overdue: bool = False) -> None:
        self.regions = {name: Region(name) for name in REGIONS}
        self.key_ids: list[str] = []
        self.blobs: set[Blob] = set()
        self._overdue = overdue
        self._materials = 0

    def create(self, name: str, *, multi_region: bool, replicas: tuple[str, ...] = ()) -> None:
        number = len(self.key_ids)
        key_id = multi_region_key_id(name) if multi_region else f"{number:08}-0000-4000-8000-000000000000"
        tags = ((REPLICAS_TAG, " ".join(replicas)),) if replicas else ()
        command = CreateKey(
            KeyName(name, ACCOUNT, key_id), "SYMMETRIC_DEFAULT", None, "AWS_KMS", multi_region,
            self._fresh(key_id, replicas), RegionalSettings(tags=tags), SettingsLimits(), AUTHOR, 1000,
        )  # fmt: skip
        view = self.regions[name].view
        decision = create_family(command, view, frozenset(REGIONS)) if replicas else create_key(command, view)
        self._do(name, decision)
        self.key_ids.append(key_id)

    def _fresh(self, key_id: str, regions: tuple[str, ...]) -> MaterialBorn:
        self._materials += 1
        secret = f"secret {self._materials}".encode()
        return MaterialBorn(f"{self._materials:064x}", key_id, 1, secret, dict.fromkeys(regions, secret))

    def convert(self, name: str, key_id: str, replicas: tuple[str, ...]) -> None:
        view, heir = self.regions[name].view, multi_region_key_id(name)
        command = ConvertKey(KeyName(name, ACCOUNT, key_id), heir, replicas, frozenset(REGIONS), 1000)
        materials = tuple(
            MaterialBorn(m.material_id, m.born_key_id, 1, m.wrapped, dict.fromkeys(replicas, m.wrapped or b""))
            for m in convertible(command, view).materials
        )
        self._do(name, convert_key(command, view, materials))
        self.key_ids.append(heir)

    def replicate(self, name: str, key_id: str, to: str) -> None:
        command = ReplicateKey(
            KeyName(name, ACCOUNT, key_id), to, frozenset(REGIONS), RegionalSettings(), SettingsLimits(), AUTHOR
        )
        view = self.regions[name].view
        sealed = {m.material_id: {to: m.wrapped or b""} for m in replicable(command, view).materials}
        self._do(name, replicate_key(command, view, sealed))

    def rotate(self, name: str, key_id: str) -> None:
        command, view = RotateKeyOnDemand(KeyName(name, ACCOUNT, key_id), 1), self.regions[name].view
        fresh = self._fresh(key_id, rotatable(command, view).replica_regions)
        self._do(name, rotate_on_demand(command, view, fresh))

    def finish(self, name: str, key_id: str) -> None:
        """As `services/region_node/own_work/finishing.py` does it."""
        region, key = self.regions[name], self.regions[name].key(key_id)
        if key is None or key.under_way is None:
            return
        began = key.under_way.region
        come_to = len(region.shared) if began == name else region.adopted[began]
        number = region.seen.setdefault(key.under_way.material_id, come_to)
        confirmed = {peer for peer, adopted in region.heard.items() if adopted[began] >= number} | {began}
        where = KeyName(name, ACCOUNT, key_id)
        self._do(name, finish_rotation(where, region.view, key.under_way, confirmed, overdue=self._overdue))

    def hand_over(self, name: str, key_id: str, to: str) -> None:
        command = UpdatePrimaryRegion(KeyName(name, ACCOUNT, key_id), to)
        self._do(name, update_primary_region(command, self.regions[name].view))

    def delete(self, name: str, key_id: str) -> None:
        """Its time is over at once."""
        view, where = self.regions[name].view, KeyName(name, ACCOUNT, key_id)
        self._do(name, schedule_key_deletion(ScheduleKeyDeletion(where, 7, 1), view))
        key = view.key(ACCOUNT, key_id)
        if key is not None and key.state == "PendingDeletion":
            self._do(name, delete_key(where, view))

    def encrypt(self, name: str, key_id: str) -> None:
        key = self.regions[name].key(key_id)
        if key is not None and key.state == "Enabled":
            material = key.current_material
            assert material.wrapped is not None
            self.blobs.add(Blob(key_id, material.material_id, material.wrapped))

    def adopt(self, name: str, origin: str) -> bool:
        """One record more of the peer, if there is any whose causes are known here."""
        region, shared = self.regions[name], self.regions[origin].shared
        number = region.adopted[origin]
        if name == origin or number >= len(shared) or not self._knows(region, shared[number].causes):
            return False
        for event in shared[number].events:
            sealed = {m.material_id: (m.sealed or {}).get(name) for m in materials_of(event)}
            arrived = {name: secret for name, secret in sealed.items() if secret is not None}
            region.view.apply([event], origin, arrived)
        region.adopted[origin] += 1
        return True

    def _knows(self, region: Region, causes: Mapping[str, int]) -> bool:
        own = {**region.adopted, region.name: len(region.shared)}
        return all(own[name] >= number for name, number in causes.items())

    def pulse(self, name: str, of: str) -> None:
        """The region hears how far a peer is."""
        if name != of:
            peer = self.regions[of]
            self.regions[name].heard[of] = {**peer.adopted, of: len(peer.shared)}

    def pulses(self) -> None:
        """Everybody hears everybody."""
        for name, of in product(REGIONS, REGIONS):
            self.pulse(name, of)

    def settle(self) -> None:
        """Everybody adopts everything."""
        while any(self.adopt(name, origin) for name in REGIONS for origin in REGIONS):
            pass

    def attempt(self, step: str, *arguments: object, **named: object) -> None:
        """A step that the state may refuse."""
        with suppress(KeytideError):
            getattr(self, step)(*arguments, **named)

    def _do(self, name: str, decision: Decision) -> None:
        region = self.regions[name]
        region.view.apply(decision.events)
        if decision.shared_events:
            region.shared.append(Shared(decision.shared_events, {**region.adopted, name: len(region.shared)}))

    def unopened(self) -> list[tuple[str, Blob]]:
        """Blobs that a region cannot open though it holds their key, or one that has inherited its material.

        A region that has been given the key and has not adopted that holds nothing yet.
        """
        return [
            (name, blob) for name, region in self.regions.items() for blob in self.blobs if not _opens(region, blob)
        ]


def _opens(region: Region, blob: Blob) -> bool:
    key = region.key(blob.key_id)
    if key is None or not key.held_here:
        if not any(inherited_from(other) == blob.key_id for other in region.view.keys(ACCOUNT, "")):
            return True
        key = key_of_blob(region.view, ACCOUNT, blob.key_id, blob.material_id)
    material = None if key is None else key.material(blob.material_id)
    return material is not None and material.wrapped == blob.secret
