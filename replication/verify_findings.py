"""What the checker can find, as values.

Owns the kinds of findings. A finding says where and what; nothing secret stands in it.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple, TypeAlias


class Kind(StrEnum):
    FOREIGN = "foreign"
    """Not this log's: junk, a wrong MAC or signature, or spliced in from elsewhere."""
    MISSING = "missing"
    FORKED = "forked"
    REORDERED = "reordered"
    TRUNCATED = "truncated"
    """The log ends before what the state or the shared log has seen of it: cut off, or rolled back."""
    HEAD = "head differs"
    STATE = "state differs"
    SKIPPED = "skipped"
    """The state would go on reading behind records that it has not applied."""
    SHARED = "shared differs"
    UNPUBLISHED = "unpublished"
    ADOPTION = "adoption"


class Finding(NamedTuple):
    log: str
    partition: int
    kind: Kind
    detail: str


class Report(NamedTuple):
    """`behind`: applied records that the log has beyond the state, which is no fault: the node will apply them."""

    region: str
    partitions: int
    records: int
    behind: int
    findings: tuple[Finding, ...]


Tell: TypeAlias = Callable[[Kind, str], None]
