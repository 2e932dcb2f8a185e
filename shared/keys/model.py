"""What a region knows of one key.

Owns `Key` and what it is made of, immutable and encoded by position: fields are only appended, with defaults. A
multi-region key that has no replica here is known too (`state` is None), because its records are adopted with
everybody's. Times are milliseconds.
"""

from typing import NamedTuple

from shared.events import Tags

ENABLED = "Enabled"
DISABLED = "Disabled"
CREATING = "Creating"
PENDING_DELETION = "PendingDeletion"
PENDING_REPLICA_DELETION = "PendingReplicaDeletion"
PENDING_IMPORT = "PendingImport"
UNAVAILABLE = "Unavailable"
UPDATING = "Updating"

CUSTOMER = "CUSTOMER"
AWS = "AWS"
"""Who manages a key: the account, or a service of AWS's (`shared/keys/aws_managed.py`)."""

WORD = -1
"""Stands for the epoch of what a region says of itself, whoever the primary is."""

AUTOMATIC = "AUTOMATIC"
ON_DEMAND = "ON_DEMAND"


class KeyMaterial(NamedTuple):
    """One version of a key's secret.

    `wrapped` is None where it could not be opened in this region yet and, of imported material, where it has not been
    imported here, has expired or was deleted. `rotated_at` and `rotation_type` are None for what a key was born with,
    and while it is `pending`: imported, or given to all regions by a rotation under way, but not in use for encryption
    before it becomes current. What it encrypts is opened wherever it is known, pending or not.
    """

    material_id: str
    born_key_id: str
    created_at: int
    wrapped: bytes | None
    rotated_at: int | None = None
    rotation_type: str | None = None
    pending: bool = False
    valid_to: int | None = None
    description: str = ""
    imported_in: tuple[str, ...] = ()
    """Of a multi-region key's pending material: the regions that have imported it."""
    overtaken: bool = False
    """A primary that was promoted past had begun it: it decrypts what it has encrypted, and is never current."""
    given_to: tuple[str, ...] = ()
    """Of overtaken material: the regions to which its secret has been sealed, and the one that it comes from."""
    id_commits: bool = False
    """Whether the secret can be told by the id, as its birth has said: see `MaterialBorn`."""


class SharedChange(NamedTuple):
    """A shared record about a key, remembered until every region of the key is known to have adopted it and, if
    a promotion has overtaken it, it is settled.

    `number`: among what `origin` has shared; `epoch`: the count of that in which `origin` was the primary, `WORD` for
    what any region may say of itself. `events`: those about the key, without secrets; empty in an old one
    on which nothing hangs.
    `claims`: the epoch that it begins, as (count, region), or (). `settled`: the record that did it again or
    dropped it, as (count, region, number), or (). `asked_by` is known in the region alone where it was asked for.
    `since`: the first record that it stands for, where it stands for several that are old, or may; else 0.
    """

    origin: str
    number: int
    epoch: int
    time: int
    events: bytes
    claims: tuple[int, str] | tuple[()] = ()
    settled: tuple[int, str, int] | tuple[()] = ()
    asked_by: str = ""
    since: int = 0


class Deletion(NamedTuple):
    """A deletion under way. `due_at` is None while a primary waits for its replicas to go."""

    window_days: int
    due_at: int | None


class Rotation(NamedTuple):
    """Automatic rotation, switched on."""

    period_days: int
    next_at: int


class RotationUnderWay(NamedTuple):
    """New material that is to become current once every replica has it. `region`: the primary that began it.

    `started_at` in milliseconds, by the record of that region.
    """

    material_id: str
    rotation_type: str
    started_at: int
    region: str


class ScreamTest(NamedTuple):
    """The last brown-out of the key in this region, under way or over. See `ScreamTestStarted`."""

    test: str
    started_at: int
    minutes: int
    from_percent: int
    to_percent: int
    started_by: str
    stopped_at: int | None = None
    stopped_by: str = ""


class Key(NamedTuple):
    """The last material that is neither pending nor overtaken is the current one.

    `state` is None where this region holds no replica."""

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
    deletion: Deletion | None = None
    rotation: Rotation | None = None
    custom_key_store_id: str | None = None
    external_key_id: str | None = None
    """The key's name in its external key store (XksKeyId)."""
    key_manager: str = CUSTOMER
    aliases: tuple[tuple[str, int], ...] = ()
    """Those that all regions of the key have in common: name, and since when, in the order of their names."""
    own_grants_since: int = 0
    """As of when this region's own grants count, in milliseconds; 0: from the key's creation here."""
    shares_grants: bool = False
    """Whether the grants that all regions of the key have in common are in force here."""
    under_way: RotationUnderWay | None = None
    heir_key_id: str | None = None
    """Of a single-region key that was converted: the multi-region key that has its material."""
    chain: tuple[tuple[int, str, int], ...] = ()
    """The epochs before the present one: count, region of the primary, and the last of its records that counts."""
    history: tuple[SharedChange, ...] = ()
    """What a promotion elsewhere may not have built on, in the order in which it was applied here."""
    scream_test: ScreamTest | None = None

    @property
    def is_multi_region(self) -> bool:
        return self.primary_region is not None

    @property
    def present_epoch(self) -> tuple[int, str]:
        """Count and region: of two, the greater one counts everywhere."""
        return self.epoch, self.primary_region or ""

    @property
    def held_here(self) -> bool:
        return self.state is not None

    @property
    def grants_life(self) -> int:
        """What this region's own grants name: they are of one life of the key, and of no other."""
        return self.own_grants_since or self.created_at

    @property
    def has_current_material(self) -> bool:
        return any(not material.pending and not material.overtaken for material in self.materials)

    @property
    def current_material(self) -> KeyMaterial:
        for material in reversed(self.materials):  # a loop: every request asks, and a generator costs it more
            if not material.pending and not material.overtaken:
                return material
        raise LookupError("the key has no current material")

    @property
    def pending_material(self) -> KeyMaterial | None:
        """What waits to become current: imported, or of the rotation under way. There is one at most."""
        return next((material for material in self.materials if material.pending), None)

    def awaits_import(self, material: KeyMaterial) -> bool:
        """Whether a region that holds this multi-region key has yet to import pending `material`."""
        if self.primary_region is None or self.under_way is not None:
            return False
        return not {self.primary_region, *self.replica_regions} <= {*material.imported_in}

    def material(self, material_id: str) -> KeyMaterial | None:
        return next((material for material in self.materials if material.material_id == material_id), None)
