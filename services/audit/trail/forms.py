"""What is asked of the trail, and what it answers.

Owns these forms; times are milliseconds since 1970.
"""

from typing import NamedTuple

from shared.audit.attributes import Attribute
from shared.audit.entry import AuditEntry
from shared.audit.frame import Frame
from shared.audit.verification import DroppedChain


class ArrivedFrame(NamedTuple):
    """`ordinal`: 1, 2, … in the order of arrival at this node."""

    ordinal: int
    frame: Frame


class Place(NamedTuple):
    """Where an entry stands in the order of the trail: by time, then by arrival. `within`: its place in its frame."""

    time: int
    ordinal: int
    within: int


class Query(NamedTuple):
    """What is looked for: `start` and `end` are inclusive, `after` the place of the last entry that was found before.

    `account` None: of all. `attribute`: a name of `shared.audit.attributes.ATTRIBUTES`, and its value.
    """

    account: str | None = None
    start: int | None = None
    end: int | None = None
    attribute: Attribute | None = None
    limit: int = 50
    after: Place | None = None


class Found(NamedTuple):
    """An entry, and what names it: `number` in its chain, its hash, and in whose trail it was found.

    `account` is the caller's where all were looked through, "" of what concerns none.
    """

    place: Place
    entry: AuditEntry
    chain: str
    number: int
    leaf: bytes
    account: str


class Hole(NamedTuple):
    """Entries of a chain that this node has never got. `previous`: what the frame after them rests on."""

    chain: str
    first: int
    last: int
    previous: bytes
    time: int
    reason: str


class DroppedSegment(NamedTuple):
    """What retention has dropped: the frames `first` to `last` by ordinal, with the edges of every chain in them.

    `earliest` and `latest`: times of entries; `time`: when, and `reason` why it was dropped.
    """

    first: int
    last: int
    earliest: int
    latest: int
    entries: int
    chains: tuple[DroppedChain, ...]
    time: int
    reason: str


class Dropped(Exception):
    """Retention has dropped the frames that were asked for. `first`: the ordinal of the first that is still there."""

    def __init__(self, first: int) -> None:
        super().__init__(f"the audit trail of this node begins with frame {first}")
        self.first = first


class TrailUnavailable(Exception):
    """The trail cannot be opened or read now. The message names the file."""
