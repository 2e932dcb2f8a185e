"""Clients that encrypt and decrypt, with the real cipher, whatever state their region is in.

Owns the uses. As a worker, a client's region looks at one snapshot of its state; unlike a worker it wraps secrets in
the form of `materials.py`.
"""

import random
from collections.abc import Iterator

from replication.state.view import Moment, SnapshotView
from shared.crypto.ciphertext_blob import MaterialIdentity
from shared.crypto.symmetric import decrypt, encrypt
from shared.errors import InvalidCiphertext, KeytideError
from shared.keys.lifecycle import require
from shared.keys.model import Key, KeyMaterial
from shared.secrets import Secret
from tests.replication.written_log import ACCOUNT
from tests.simulation.facts import Blob, Facts, Use
from tests.simulation.materials import unwrapped
from tests.simulation.region import PARTITIONS, SimulatedRegion

PLAINTEXT = b"attack at dawn"


def use_a_key(region: SimulatedRegion, facts: Facts, chance: random.Random) -> None:
    """One Encrypt or Decrypt in the region, where it serves and has a key for it."""
    if region.author is None:
        return
    with region.store.read() as snapshot:
        view = SnapshotView(snapshot, PARTITIONS, Moment(region.name, region.now()))
        if facts.blobs and chance.random() < 0.5:
            _decrypt(region, view, facts, chance)
        else:
            _encrypt(region, view, facts, chance)


def _encrypt(region: SimulatedRegion, view: SnapshotView, facts: Facts, chance: random.Random) -> None:
    usable = [key for key in _usable(view, "Encrypt") if key.has_current_material and key.current_material.wrapped]
    if not usable:
        return
    key = chance.choice(usable)
    material = key.current_material
    identity = MaterialIdentity(ACCOUNT, key.key_id, material.material_id, material.born_key_id)
    blob = Blob(region.name, identity, encrypt(_secret(material), identity, PLAINTEXT, {}), PLAINTEXT)
    facts.blobs.append(blob)
    facts.uses.append(_use(region, key, facts, blob, PLAINTEXT))


def _decrypt(region: SimulatedRegion, view: SnapshotView, facts: Facts, chance: random.Random) -> None:
    blob = chance.choice(facts.blobs)
    at = chance.randrange(8 * len(blob.ciphertext))
    key = view.key(ACCOUNT, blob.identity.key_id)
    material = _held(key, blob)
    if key is None or material is None or not _allows(key, "Decrypt"):
        return  # refused: the client asks again later, or elsewhere
    forged = bytearray(blob.ciphertext)
    forged[at // 8] ^= 1 << at % 8
    made = opened(material, blob), opened(material, blob._replace(ciphertext=bytes(forged)))
    facts.uses.append(_use(region, key, facts, blob, *made))


def _held(key: Key | None, blob: Blob) -> KeyMaterial | None:
    """The blob's material, where the region has its secret."""
    material = None if key is None else key.material(blob.identity.material_id)
    return None if material is None or material.wrapped is None else material


def opened(material: KeyMaterial, blob: Blob) -> bytes | None:
    """What the blob gives; None where it is refused."""
    try:
        return decrypt(_secret(material), blob.identity, blob.ciphertext, {})
    except InvalidCiphertext:
        return None


def _use(
    region: SimulatedRegion, key: Key, facts: Facts, blob: Blob, opened: bytes | None, forged: bytes | None = None
) -> Use:
    members = (key.primary_region or "", *key.replica_regions)
    floor = facts.floors.get(region.name, 0)
    return Use(region.name, key.state, members, region.sequence(), floor, blob, opened, forged)


def _usable(view: SnapshotView, operation: str) -> Iterator[Key]:
    for key in view.keys(ACCOUNT, ""):
        if _allows(key, operation):
            yield key


def _allows(key: Key, operation: str) -> bool:
    if not key.held_here:
        return False
    try:
        require(operation, key, key.key_id)
    except KeytideError:
        return False
    return True


def _secret(material: KeyMaterial) -> Secret:
    if material.wrapped is None:
        raise AssertionError("only what the region holds is used")
    return Secret(unwrapped(material.wrapped))
