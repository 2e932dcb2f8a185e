"""What happens when another region becomes the primary of a key, by hand-over or by force, and to what is overtaken.

Owns the classes; their permanent tags stand in the one table of `shared/events.py`.
"""

from typing import NamedTuple

from shared.keys.material_born import MaterialBorn


class PrimaryRegionUpdated(NamedTuple):
    """The old primary hands over: it becomes a replica, and `primary_region`, a replica until now, the primary."""

    account: str
    key_id: str
    primary_region: str
    epoch: int
    shared_state: bytes = b""
    """All that the key's regions share as it then stands (`shared/keys/whole.py`)."""


class KeyPromoted(NamedTuple):
    """`primary_region`, a replica until now, made itself the primary, because `former_region`'s is not to be reached.

    It builds on what it has adopted of the former primary: up to the record `built_on_number`, whose hash is
    `built_on_hash`. `unheard`: the regions that could not be asked whether they have adopted more.
    """

    account: str
    key_id: str
    primary_region: str
    epoch: int
    former_region: str
    built_on_number: int
    built_on_hash: bytes
    shared_state: bytes
    unheard: tuple[str, ...] = ()


class KeyMaterialGiven(NamedTuple):
    """A region that holds material of a primary that was promoted past gave it to `regions`, which lack it."""

    account: str
    key_id: str
    materials: tuple[MaterialBorn, ...]
    regions: tuple[str, ...]


class OvertakenSettled(NamedTuple):
    """The present primary did record `number` of `region`, which a promotion has overtaken, again, or dropped it.

    `since`: with all of the region's records about the key from that one on; 0: with none.
    """

    account: str
    key_id: str
    region: str
    number: int
    done_again: bool = False
    since: int = 0
