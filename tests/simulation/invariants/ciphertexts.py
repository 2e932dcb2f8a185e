"""A blob opens wherever its key is, gives what was encrypted, and nothing else."""

from shared.crypto.ciphertext_blob import split
from shared.keys.history import regions_of
from shared.keys.model import Key
from shared.keys.specs import AWS_KMS, EXTERNAL
from tests.simulation.facts import Blob
from tests.simulation.materials import secret_of, unwrapped
from tests.simulation.rest import Rest
from tests.simulation.using import opened
from tests.simulation.world import World


def never_other_bytes(world: World) -> None:
    for use in world.facts.new_uses:
        assert use.opened == use.blob.plaintext, f"{use.region} opens a blob of {use.blob.region} as {use.opened!r}"


def fresh_blobs_open_everywhere(world: World) -> None:
    """New material encrypts once every region of the key has it, unless one was given up waiting for."""
    for use in world.facts.new_uses:
        material_id = use.blob.identity.material_id
        if use.region == use.blob.region and material_id not in world.facts.not_awaited:
            for region in [world.regions[name] for name in use.members if name and name != use.region]:
                key = region.keys().get(use.blob.identity.key_id) if region.author is not None else None
                is_member = key is not None and key.origin == AWS_KMS and _belongs(key, region.name, use.blob)
                assert not is_member or region.holds(use.blob.identity.key_id, material_id), (region.name, material_id)


def one_bit_changed_refuses(world: World) -> None:
    for use in world.facts.new_uses:
        assert use.forged is None, f"{use.region} opens a blob that was changed"


def every_secret_is_its_own(rest: Rest) -> None:
    """A region has under a material's id that material, and no other."""
    for name, keys in rest.keys.items():
        for material in (material for key in keys.values() for material in key.materials):
            if material.wrapped is not None:
                assert unwrapped(material.wrapped) == secret_of(material.material_id), (name, material.material_id)


def no_blob_is_orphaned(rest: Rest) -> None:
    """In every region that has the key, whoever rotated it, was overtaken, or was lost. Imported secrets may go."""
    for blob in rest.world.facts.blobs:
        for name, keys in rest.keys.items():
            key = keys.get(blob.identity.key_id)
            if key is not None and key.origin != EXTERNAL and _belongs(key, name, blob):
                material = key.material(blob.identity.material_id)
                assert material, f"{name} lacks what {blob.region} used"
                assert material.wrapped, f"{name} lacks the secret that {blob.region} used"
                assert opened(material, blob) == blob.plaintext


def _belongs(key: Key, region: str, blob: Blob) -> bool:
    return key.held_here and (region in regions_of(key) if key.is_multi_region else region == blob.region)


def no_other_material_opens(rest: Rest) -> None:
    for blob in rest.world.facts.blobs[:4]:
        for keys in rest.keys.values():
            others = [m for key in keys.values() for m in key.materials if m.wrapped is not None]
            for material in [one for one in others if one.material_id != blob.identity.material_id][:2]:
                assert opened(material, blob) is None


def no_header_repeats(rest: Rest) -> None:
    """Nonce and material: the derived key is used once."""
    headers = [_header(blob) for blob in rest.world.facts.blobs]
    assert len({*headers}) == len(headers)


def _header(blob: Blob) -> bytes:
    header, _, _ = split(blob.ciphertext)
    return header
