"""What a partition knows of a region that was built anew.

Owns `Rebuild`, of the region itself, and of its peers `Readmission` and `Forgotten`; immutable and encoded by
position: fields are only appended, with defaults. Times are milliseconds.
"""

from typing import NamedTuple


class Rebuild(NamedTuple):
    """`former`: the identities that the region has had before, the oldest first. `ended_at`: 0 while it goes on.

    `shared` and `disabled`: see `RebuildEnded`.
    """

    region: str
    former: tuple[bytes, ...]
    begun_at: int
    ended_at: int = 0
    shared: int = 0
    disabled: int = 0


class Readmission(NamedTuple):
    """See `RegionReadmitted`."""

    region: str
    peer_region: str
    readmitted_at: int
    former: bytes
    identity: bytes
    adopted: int
    digest: bytes
    said: int
    witnessed: int
    taken: int
    heard_at: int


class Forgotten(NamedTuple):
    """What was seen of the log of `region` before `at` is to be forgotten. It grows each time, whatever clocks say."""

    region: str
    at: int
