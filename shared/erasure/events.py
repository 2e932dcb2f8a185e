"""What happens to the keys that secrets rest on.

Owns the classes; their permanent tags stand in the one table of `shared/events.py`. Those of domain keys are a region's
own. Nothing here holds a domain key or a private sealing key.
"""

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias


class EpochOpened(NamedTuple):
    """From here on `bucket` wraps under the domain key of `epoch` alone; what is wrapped under another is void."""

    bucket: int
    epoch: int


class SecretRewrapped(NamedTuple):
    """The same secrets under another domain key. `wrapped`: secret id (see `shared/erasure/live.py`) -> the bytes.

    The stream is named by its parts. It supplies, too, what could not be opened when it was adopted.
    """

    account: str
    kind: str
    name: str
    wrapped: Mapping[str, bytes]


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


ErasureEvent: TypeAlias = (
    EpochOpened | SecretRewrapped | EpochClosed | DomainKeyDestroyed | SealingKeyAnnounced | SealingKeyDestroyed
)
