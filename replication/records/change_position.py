"""The position of a change: where its record stands.

Owns the text form, to which `told_position.py` adds the proof that the region has told it: `region/partition/sequence`
for a change that concerns its region alone, and `region/partition/sequence/number/hash` for one that the region shares.
The last two are its number in the shared log and the first 32 hex digits of that record's SHA-256. To a client the text
is opaque.
"""

import re
from typing import NamedTuple

from replication.records.position import Head

HASH_DIGITS = 32
_LOCAL, _SHARED = r"([a-z0-9-]{1,64})/(\d{1,5})/(\d{1,19})", rf"/([1-9]\d{{0,18}})/([0-9a-f]{{{HASH_DIGITS}}})"
_TEXT = re.compile(f"{_LOCAL}(?:{_SHARED})?", re.ASCII)


class Shared(NamedTuple):
    """The shared record: its number, and the beginning of its hash in hex."""

    number: int
    hash_digits: str


class ChangePosition(NamedTuple):
    """`sequence`: the record's, in the partition of the region's local log. `shared` None: peers get nothing of it."""

    region: str
    partition: int
    sequence: int
    shared: Shared | None = None

    def __str__(self) -> str:
        place = f"{self.region}/{self.partition}/{self.sequence}"
        return place if self.shared is None else f"{place}/{self.shared.number}/{self.shared.hash_digits}"


def position_after(region: str, partition: int, sequence: int, shared: Head | None) -> ChangePosition:
    """The position of a change; `shared`: the head of the shared records with it, or None where it is not shared."""
    if shared is None or shared.sequence == 0:
        return ChangePosition(region, partition, sequence)
    return ChangePosition(region, partition, sequence, Shared(shared.sequence, shared.digest.hex()[:HASH_DIGITS]))


def parse_position(text: str) -> ChangePosition:
    """Read the text form. Errors: ValueError."""
    match = _TEXT.fullmatch(text)
    if match is None:
        raise ValueError("not the position of a change")
    region, partition, sequence, number, digits = match.groups()
    shared = None if number is None else Shared(int(number), digits)
    return ChangePosition(region, int(partition), int(sequence), shared)
