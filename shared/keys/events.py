"""What happens to a key.

Owns the classes, but those about who the primary is (`primary_events.py`) and of scream tests (`scream_events.py`);
their permanent tags stand in the one table of `shared/events.py`.
"""

from typing import NamedTuple, TypeAlias

from shared.keys.material_born import MaterialBorn, Tags
from shared.keys.primary_events import KeyMaterialGiven, KeyPromoted, OvertakenSettled, PrimaryRegionUpdated
from shared.keys.scream_events import ScreamTestEvent


class KeyCreated(NamedTuple):
    account: str
    key_id: str
    spec: str = "SYMMETRIC_DEFAULT"
    usage: str = "ENCRYPT_DECRYPT"
    origin: str = "AWS_KMS"
    materials: tuple[MaterialBorn, ...] = ()
    primary_region: str | None = None
    """None for a single-region key."""
    description: str = ""
    policy: str | None = None
    """None stands for the default policy."""
    tags: Tags = ()
    custom_key_store_id: str | None = None
    external_key_id: str | None = None
    key_manager: str = "CUSTOMER"


class KeyReplicated(NamedTuple):
    """The primary gave the key to `replica_region`, with the regional settings it is born with there."""

    account: str
    key_id: str
    spec: str
    usage: str
    origin: str
    materials: tuple[MaterialBorn, ...]
    primary_region: str
    replica_regions: tuple[str, ...]
    replica_region: str
    description: str = ""
    policy: str | None = None
    tags: Tags = ()
    aliases: tuple[str, ...] = ()
    """Those that all regions have in common."""


class KeyEnabled(NamedTuple):
    account: str
    key_id: str


class KeyDisabled(NamedTuple):
    account: str
    key_id: str


class KeyDescriptionUpdated(NamedTuple):
    account: str
    key_id: str
    description: str


class KeyPolicyPut(NamedTuple):
    account: str
    key_id: str
    policy: str


class KeyTagged(NamedTuple):
    account: str
    key_id: str
    tags: Tags


class KeyUntagged(NamedTuple):
    account: str
    key_id: str
    tag_keys: tuple[str, ...]


class KeyDeletionScheduled(NamedTuple):
    """`due_at` None: a primary waits until its last replica is gone; the window begins then."""

    account: str
    key_id: str
    window_days: int
    due_at: int | None = None


class KeyDeletionCanceled(NamedTuple):
    account: str
    key_id: str


class KeyDeleted(NamedTuple):
    """What `region` held is gone for ever: its replica, or the `whole` key, of which it had the last.

    A region whose replica goes while it is made the primary says so as a replica: nobody else's goes with it.
    """

    account: str
    key_id: str
    region: str
    whole: bool = False


class KeyRotationEnabled(NamedTuple):
    account: str
    key_id: str
    period_days: int


class KeyRotationDisabled(NamedTuple):
    account: str
    key_id: str


class KeyRotated(NamedTuple):
    """`material_id` is current from now on: that of `materials`, or one that was pending.

    `unconfirmed`: the regions that had not been heard to have it when the time allowed for that was over.
    `previous_material_id`: what was current before; `key_origin`: where the key's material is from. Both are for the
    audit entry, and "" in records of before.
    """

    account: str
    key_id: str
    rotation_type: str
    material_id: str
    materials: tuple[MaterialBorn, ...] = ()
    unconfirmed: tuple[str, ...] = ()
    previous_material_id: str = ""
    key_origin: str = ""


class KeyRotationStarted(NamedTuple):
    """The primary gives its replicas the one of `materials`, which decrypts at once and encrypts once it is current."""

    account: str
    key_id: str
    rotation_type: str
    materials: tuple[MaterialBorn, ...]


class KeyFamilyCreated(NamedTuple):
    """A primary key and its replicas begin together, with the same settings: all of them, or none.

    `materials`: one that is new, none yet for a key with imported ones, or all those of the single-region key that was
    converted. `rotation_period_days` None: no automatic rotation.
    """

    account: str
    key_id: str
    spec: str
    usage: str
    origin: str
    materials: tuple[MaterialBorn, ...]
    primary_region: str
    replica_regions: tuple[str, ...]
    description: str = ""
    policy: str | None = None
    tags: Tags = ()
    rotation_period_days: int | None = None


class KeyConverted(NamedTuple):
    """The multi-region key `heir_key_id` has all material of this single-region key, which gets no more by itself."""

    account: str
    key_id: str
    heir_key_id: str


class KeyMaterialImported(NamedTuple):
    """One material, new to the key or held before. Peers learn its id and description, and import it themselves."""

    account: str
    key_id: str
    materials: tuple[MaterialBorn, ...]
    pending: bool = False
    valid_to: int | None = None
    description: str | None = None
    """None leaves the description as it is."""


class KeyMaterialDeleted(NamedTuple):
    """By a client, or because its time was up. What the primary had pending is gone in all regions, all else here."""

    account: str
    key_id: str
    material_id: str
    expired: bool = False


class ReplicaMaterialImported(NamedTuple):
    """`region`, which holds a replica, tells the others that it has imported the material now."""

    account: str
    key_id: str
    region: str
    material_id: str
    created_at: int = 0
    """That of the material. The same one, taken back and imported anew by the primary, has to be imported again."""


class KeySettingsShared(NamedTuple):
    """The primary told its replicas what they follow: the whole of it as it now stands.

    `replicate` is the value of the tag `keytide:replicate`, "" where the key has none. A setting that it does not name
    is left as it is in every region, whatever stands here; `policy` None is the default policy. `epoch`: the count of
    the key's epoch, in a record about keys in several; None where the record says it.
    """

    account: str
    key_id: str
    replicate: str = ""
    policy: str | None = None
    tags: Tags = ()
    aliases: tuple[str, ...] = ()
    epoch: int | None = None


class KeyAliasesSet(NamedTuple):
    """In the region where it happened: `aliases` are all that the key's regions have in common now."""

    account: str
    key_id: str
    aliases: tuple[str, ...]


KeyEvent: TypeAlias = (
    KeyCreated
    | KeyReplicated
    | KeyEnabled
    | KeyDisabled
    | KeyDescriptionUpdated
    | KeyPolicyPut
    | KeyTagged
    | KeyUntagged
    | KeyDeletionScheduled
    | KeyDeletionCanceled
    | KeyDeleted
    | KeyRotationEnabled
    | KeyRotationDisabled
    | KeyRotated
    | KeyRotationStarted
    | KeyFamilyCreated
    | KeyConverted
    | KeyMaterialImported
    | KeyMaterialDeleted
    | ReplicaMaterialImported
    | PrimaryRegionUpdated
    | KeyPromoted
    | KeyMaterialGiven
    | OvertakenSettled
    | KeySettingsShared
    | KeyAliasesSet
    | ScreamTestEvent
)

WithMaterials: TypeAlias = (
    KeyCreated
    | KeyReplicated
    | KeyRotated
    | KeyMaterialImported
    | KeyRotationStarted
    | KeyFamilyCreated
    | KeyMaterialGiven
)
"""A key's own events that carry versions of its secret."""


def materials_of(event: object) -> tuple[MaterialBorn, ...]:
    """The versions of its key's secret that `event` carries."""
    return event.materials if isinstance(event, WithMaterials) else ()
