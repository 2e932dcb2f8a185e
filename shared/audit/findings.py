"""What a check of an audit trail can find, as values.

Owns the kinds of findings, and the report. A finding says where and what; nothing of an entry's content stands in it.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    CHANGED = "changed"
    MISSING = "missing"
    ADDED = "added"
    IN_NONE = "in no digest"
    """Of before the last digest, and none has it."""
    INDEX = "index"
    """What is asked of the trail is answered from an index, which is not what the entries say."""
    UNREADABLE = "unreadable"
    DROPPED = "dropped unproven"
    """Said to have been dropped by retention, and no digest knows of it."""
    SIGNATURE = "bad signature"
    DIGEST_MISSING = "digest missing"
    DIGEST_CHANGED = "digest changed"
    ROLLED_BACK = "rolled back"
    FORKED = "forked"


class Finding(NamedTuple):
    """`chain` "" where a digest or cosignature is meant; `first` to `last` are numbers in the chain, or of digests.

    `time`: milliseconds, None where it is not known; `event_id`: of one entry that is there, otherwise "".
    """

    kind: Kind
    chain: str
    first: int
    last: int
    detail: str
    time: int | None = None
    event_id: str = ""


class Report(NamedTuple):
    """`entries`: that were read and hashed; `unproven`: those of them that no digest covers, and `late`: those of these
    that are of before the last digest, where no finding tells of them.

    `dropped`: entries that retention has dropped, and a digest covers; `unvouched`: how many of them the last digest
    does not say were dropped. `digests`: how many hold, `until` the end of the
    last one; `cosigned`: by how many regions each digest is cosigned, by its number.
    """

    region: str
    entries: int
    unproven: int
    dropped: int
    digests: int
    until: int | None
    cosigned: dict[int, int]
    findings: tuple[Finding, ...]
    late: int = 0
    unvouched: int = 0
    unchecked: tuple[str, ...] = ()
    """Regions whose cosignatures were not checked, for there is no card of theirs."""


Tell = Callable[[Finding], None]


_OF_SURE_TIME = frozenset({Kind.ADDED, Kind.IN_NONE, Kind.MISSING, Kind.DIGEST_MISSING, Kind.ROLLED_BACK, Kind.FORKED})
"""Their time is signed, or that which an entry gives itself where it was put in. That of what was changed, or is not
signed, may have been changed with it."""


def within(findings: Sequence[Finding], since: int | None, until: int | None) -> tuple[Finding, ...]:
    """Those of that time, and those of which no time is sure."""
    return tuple(
        one
        for one in findings
        if one.time is None
        or one.kind not in _OF_SURE_TIME
        or ((since is None or one.time >= since) and (until is None or one.time <= until))
    )
