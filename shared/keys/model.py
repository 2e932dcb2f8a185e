"""What a region knows of one key.

Owns `Key` and `KeyMaterial`, immutable and encoded by position: fields are only appended, with defaults. A multi-region
key that has no replica here is known too (`state` is None), because its records are adopted with everybody's.
"""

from typing import NamedTuple

from shared.events import Tags

ENABLED = "Enabled"
DISABLED = "Disabled"
CREATING = "Creating"


class KeyMaterial(NamedTuple):
    """One version of a key's secret. `wrapped` is None until it could be opened in this region."""

    material_id: str
    born_key_id: str
    created_at: int
    wrapped: bytes | None


class Key(NamedTuple):
    """The last material is the current one; `state` is None where this region holds no replica."""

    account: str
    key_id: str
    spec: str
    usage: str
    origin: str
    created_at: int
    materials: tuple[KeyMaterial, ...]
    state: str | None
    description: str
    policy: str | None
    tags: Tags
    primary_region: str | None
    replica_regions: tuple[str, ...]
    epoch: int

    @property
    def is_multi_region(self) -> bool:
        return self.primary_region is not None

    @property
    def held_here(self) -> bool:
        return self.state is not None

    @property
    def current_material(self) -> KeyMaterial:
        return self.materials[-1]
