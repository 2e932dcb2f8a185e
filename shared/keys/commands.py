"""What a principal may want changed about keys.

Owns the commands. A command carries everything that a decision may not fetch itself: the region it is decided in, fresh
ids and secrets that are already wrapped or sealed. `region` is the region that decides.
"""

from typing import NamedTuple

from shared.events import MaterialBorn, Tags
from shared.policy.question import Principal


class KeyName(NamedTuple):
    """A key, as seen by the region that decides."""

    region: str
    account: str
    key_id: str


class RegionalSettings(NamedTuple):
    """What a key is born with in one region. `policy` None stands for the default policy."""

    description: str = ""
    policy: str | None = None
    tags: Tags = ()
    bypass_lockout_check: bool = False


class SettingsLimits(NamedTuple):
    """How much a key may be born with. `policy_bytes` counts UTF-8."""

    policy_bytes: int = 32_768
    tags_per_key: int = 50


class CreateKey(NamedTuple):
    """`material.wrapped` holds the new secret as this region's log may hold it; None for one that is imported later."""

    key: KeyName
    spec: str
    usage: str | None
    origin: str
    multi_region: bool
    material: MaterialBorn | None
    settings: RegionalSettings
    limits: SettingsLimits
    author: Principal
    keys_per_account: int
    custom_key_store_id: str | None = None
    external_key_id: str | None = None


class SetKeyEnabled(NamedTuple):
    key: KeyName
    enabled: bool


class UpdateKeyDescription(NamedTuple):
    key: KeyName
    description: str


class PutKeyPolicy(NamedTuple):
    key: KeyName
    policy: str
    bypass_lockout_check: bool
    author: Principal
    policy_bytes: int


class TagResource(NamedTuple):
    key: KeyName
    tags: Tags
    tags_per_key: int


class UntagResource(NamedTuple):
    key: KeyName
    tag_keys: tuple[str, ...]


class ScheduleKeyDeletion(NamedTuple):
    key: KeyName
    window_days: int
    now: int


class CancelKeyDeletion(NamedTuple):
    key: KeyName
    now: int


class EnableKeyRotation(NamedTuple):
    key: KeyName
    period_days: int


class DisableKeyRotation(NamedTuple):
    key: KeyName


class RotateKeyOnDemand(NamedTuple):
    key: KeyName
    now: int


class ImportKeyMaterial(NamedTuple):
    """`material.wrapped` holds the secret, and its id follows from it; the client may have said which id it expects."""

    key: KeyName
    material: MaterialBorn
    import_type: str | None = None
    expected_id: str | None = None
    description: str | None = None
    valid_to: int | None = None


class DeleteImportedKeyMaterial(NamedTuple):
    """`material_id` None: the current material."""

    key: KeyName
    material_id: str | None


class UpdatePrimaryRegion(NamedTuple):
    key: KeyName
    primary_region: str


class ReplicateKey(NamedTuple):
    """`known_regions`: the peers to which a secret can be sealed."""

    key: KeyName
    replica_region: str
    known_regions: frozenset[str]
    settings: RegionalSettings
    limits: SettingsLimits
    author: Principal
