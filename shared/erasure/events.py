"""What happens to the keys that secrets rest on.

Owns the classes; their permanent tags stand in the one table of `shared/events.py`. Those of domain keys are a region's
own. Nothing here holds a domain key or a private sealing key.
"""

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from shared.keys.material_born import MaterialBorn


class EpochOpened(NamedTuple):
    """From here on `bucket` wraps under the domain key of `epoch` alone; what is wrapped under another is void.

    `fingerprint` says which key it is: two nodes may have made one for the same epoch.
    """

    bucket: int
    epoch: int
    fingerprint: bytes = b""


class SecretRewrapped(NamedTuple):
    """The same secrets under another domain key. `rewrapped`: secret id (see `shared/erasure/live.py`) -> the bytes.

    The stream is named by its parts.
    """

    account: str
    kind: str
    name: str
    rewrapped: Mapping[str, bytes]


class EpochClosed(NamedTuple):
    """Nothing live rests on the domain keys of `bucket` up to `epoch` any more."""

    bucket: int
    epoch: int


class DomainKeyDestroyed(NamedTuple):
    """`node` has destroyed what it had of the domain keys of `bucket` up to `epoch`."""

    bucket: int
    epoch: int
    node: str


class SealingKeyAnnounced(NamedTuple):
    """`region` has a new sealing key, of that number; `card` is its whole card, which its identity has signed."""

    region: str
    number: int
    card: bytes


class SealingKeyDestroyed(NamedTuple):
    """`node` of this region has destroyed its private sealing keys up to `number`."""

    region: str
    number: int
    node: str


class SecretRequested(NamedTuple):
    """`region` holds the key, and these materials of it could not be opened there: it asks to be sealed to again.

    `in_vain`: the regions whose answers have not brought them, or other bytes. The rest may answer in their place.
    """

    account: str
    key_id: str
    region: str
    material_ids: tuple[str, ...]
    in_vain: tuple[str, ...] = ()


class SecretSealed(NamedTuple):
    """A region that has the materials has sealed them to the present card of `region` again."""

    account: str
    key_id: str
    region: str
    materials: tuple[MaterialBorn, ...]


class SecretRequestAnswered(NamedTuple):
    """What `region` has asked for of the key has been sealed to it, as far as there is anything of it."""

    account: str
    key_id: str
    region: str


ErasureEvent: TypeAlias = (
    EpochOpened
    | SecretRewrapped
    | EpochClosed
    | DomainKeyDestroyed
    | SealingKeyAnnounced
    | SealingKeyDestroyed
    | SecretRequested
    | SecretSealed
    | SecretRequestAnswered
)
ERASURE_EVENTS: Mapping[int, type[ErasureEvent]] = {
    150: EpochOpened,
    151: SecretRewrapped,
    152: EpochClosed,
    153: DomainKeyDestroyed,
    154: SealingKeyAnnounced,
    155: SealingKeyDestroyed,
    156: SecretRequested,
    157: SecretSealed,
    158: SecretRequestAnswered,
}
