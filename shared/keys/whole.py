"""All that the regions of a multi-region key share, as one value: what a new primary begins with.

Owns its form: msgpack, of a fixed layout: `shared_state` of `KeyPromoted` and `PrimaryRegionUpdated`. It holds no
secret: whoever adopts it has adopted before what brought them. Fields are only appended, with a default.
"""

from typing import Annotated

import msgspec

from shared.events import KeySettingsShared, Tags
from shared.identifiers import KEY_ID_PATTERN, REGION_PATTERN
from shared.keys.model import Key, KeyMaterial, Rotation, RotationUnderWay
from shared.keys.multi_region import commits
from shared.keys.sharing import settings_of
from shared.keys.times import ROTATION_PERIODS

_Count = Annotated[int, msgspec.Meta(ge=0, lt=1 << 62)]
_Region = Annotated[str, msgspec.Meta(pattern=f"^(?:{REGION_PATTERN.pattern})$")]
_Period = Annotated[int, msgspec.Meta(ge=ROTATION_PERIODS.start, lt=ROTATION_PERIODS.stop)]


class _Layout(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """An array whose places mean the same for ever."""


class WholeMaterial(_Layout, frozen=True):
    """As `KeyMaterial`, without what belongs to one region.

    `born_key_id` stands here for the reader of the record; what counts is what the birth has said.
    """

    material_id: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
    born_key_id: Annotated[str, msgspec.Meta(pattern=f"^(?:{KEY_ID_PATTERN.pattern})$")]
    created_at: _Count
    rotated_at: _Count | None
    rotation_type: str | None
    pending: bool
    description: str
    imported_in: tuple[_Region, ...]
    overtaken: bool
    given_to: tuple[_Region, ...]


class WholeUnderWay(_Layout, frozen=True):
    """As `RotationUnderWay`, of pending material: the new primary ends it."""

    material_id: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
    rotation_type: str
    started_at: _Count
    region: _Region


class Whole(_Layout, frozen=True):
    """`regions`: all that have the key; `rotation`: period in days and the next time, in milliseconds.

    `replicate`, `policy`, `tags` and `aliases` are those of `KeySettingsShared`. `chain`: the epochs before the one in
    which this was written.
    """

    materials: tuple[WholeMaterial, ...]
    regions: tuple[_Region, ...]
    rotation: tuple[_Period, _Count] | None
    replicate: str
    policy: str | None
    tags: tuple[tuple[str, str], ...]
    aliases: tuple[str, ...]
    chain: tuple[tuple[_Count, _Region, _Count], ...]
    under_way: WholeUnderWay | None = None


_write = msgspec.msgpack.Encoder().encode
_read = msgspec.msgpack.Decoder(Whole).decode


def encode_whole(key: Key, regions: tuple[str, ...]) -> bytes:
    """What the `regions` of `key` share."""
    settings = settings_of(key)
    return _write(
        Whole(
            tuple(map(_shared, key.materials)),
            regions,
            None if key.rotation is None else (key.rotation.period_days, key.rotation.next_at),
            settings.replicate,
            settings.policy,
            settings.tags,
            settings.aliases,
            key.chain,
            _begun(key.under_way),
        )
    )


def decode_whole(encoded: bytes) -> Whole:
    """Errors: ValueError for bytes that are none."""
    return _read(encoded)


def is_whole(encoded: bytes) -> bool:
    """Whether an event may hold it: empty where an older version wrote the event."""
    try:
        return not encoded or _is_sound(decode_whole(encoded))
    except ValueError:  # msgspec's own are such
        return False


def _is_sound(whole: Whole) -> bool:
    """Whether a rotation that is under way has material to end with."""
    pending = {material.material_id for material in whole.materials if material.pending}
    return whole.under_way is None or whole.under_way.material_id in pending


def settings_in(whole: Whole, key: Key) -> KeySettingsShared:
    tags: Tags = whole.tags
    return KeySettingsShared(key.account, key.key_id, whole.replicate, whole.policy, tags, whole.aliases)


def rotation_in(whole: Whole) -> Rotation | None:
    return None if whole.rotation is None else Rotation(*whole.rotation)


def under_way_in(whole: Whole) -> RotationUnderWay | None:
    begun = whole.under_way
    if begun is None:
        return None
    return RotationUnderWay(begun.material_id.hex(), begun.rotation_type, begun.started_at, begun.region)


def material_in(shared: WholeMaterial, key: Key) -> KeyMaterial:
    """The material as it is now in `key`, with what is the region's own, and what its birth has said."""
    material_id = shared.material_id.hex()
    held = key.material(material_id) or _unheard(material_id, key)
    return KeyMaterial(
        material_id,
        held.born_key_id,
        shared.created_at,
        held.wrapped,
        shared.rotated_at,
        shared.rotation_type,
        shared.pending,
        held.valid_to,
        shared.description,
        shared.imported_in,
        shared.overtaken,
        tuple(sorted({*shared.given_to, *held.given_to})) if shared.overtaken else (),
        held.id_commits,
    )


def _unheard(material_id: str, key: Key) -> KeyMaterial:
    """Material whose birth is not known here: what any that is born later must be (`shared/keys/multi_region.py`).

    What a promotion says of that counts for nothing. The interleaving: a turned region promotes itself and names the
    material under the id of another key; what was encrypted with it would open nowhere any more.
    """
    return KeyMaterial(material_id, key.key_id, 0, None, id_commits=commits(key))


def _begun(under_way: RotationUnderWay | None) -> WholeUnderWay | None:
    if under_way is None:
        return None
    material_id, rotation_type, started_at, region = under_way
    return WholeUnderWay(bytes.fromhex(material_id), rotation_type, started_at, region)


def _shared(material: KeyMaterial) -> WholeMaterial:
    return WholeMaterial(
        bytes.fromhex(material.material_id),
        material.born_key_id,
        material.created_at,
        material.rotated_at,
        material.rotation_type,
        material.pending,
        material.description,
        material.imported_in,
        material.overtaken,
        material.given_to,
    )
