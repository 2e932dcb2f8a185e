"""What happens to the archives of a region. All of it is the region's own: it tells peers nothing.

Owns the classes, their permanent tags and their streams. Nothing here holds a key or a
share.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from shared.identifiers import backup_stream


class BackupMade(NamedTuple):
    """An archive is about to be made. `archive`: its id, 32 hex digits.

    `threshold` of the shares of its key open it; `holders`: who holds them, in the order of their places.
    `oldest_epochs`: by bucket, the earliest domain key that is in it; `oldest_sealing`: the same of sealing keys.
    """

    archive: str
    threshold: int
    holders: tuple[str, ...]
    oldest_epochs: tuple[int, ...]
    oldest_sealing: int


class BackupShareDestroyed(NamedTuple):
    """`holder` has destroyed its share of the archive's key: a region says so with its signature, a person otherwise.

    `proof`: the region's signed statement; b"" where an operator has vouched for it.
    """

    archive: str
    holder: str
    proof: bytes


class BackupExpired(NamedTuple):
    """So few shares are left that nobody can open the archive any more: those of `remaining`."""

    archive: str
    remaining: tuple[str, ...]


BackupEvent: TypeAlias = BackupMade | BackupShareDestroyed | BackupExpired
BACKUP_EVENTS: Mapping[int, type[BackupEvent]] = {180: BackupMade, 181: BackupShareDestroyed, 182: BackupExpired}
BACKUP_STREAMS: Mapping[type[Any], Callable[[Any], str]] = dict.fromkeys(
    BACKUP_EVENTS.values(), lambda event: backup_stream(event.archive)
)
