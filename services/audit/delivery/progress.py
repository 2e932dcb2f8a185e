"""How far the delivery has come: which signed digest, which frame, and each account's last digest file.

Owns the file. It is written after everything of a period has been delivered, so that a crash delivers the
same files again. A lost one begins anew: the same log files, and another chain of digest files. By it a trail is known
that was made anew, whose frames, and perhaps digests, have other numbers.
"""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from services.audit.trail.forms import ArrivedFrame
from services.durable_file import replace_file
from shared.audit.delivered_files import Previous
from shared.audit.digest import Header


class Progress(msgspec.Struct, frozen=True):
    """`number`, `end`: of the last digest whose entries were delivered; `ordinal`, `chain`, `last`: of the last frame
    that was, its place in the trail, and which it is."""

    number: int = 0
    ordinal: int = 0
    accounts: dict[str, Previous] = {}
    end: int = 0
    chain: str = ""
    last: int = 0

    def is_of_other_digests(self, newest: Header) -> bool:
        """Whether the region's digests have begun anew: the newest is later, and its number is not."""
        return 0 < self.end < newest.end and newest.number <= self.number

    def is_of_another_trail(self, at_ordinal: Sequence[ArrivedFrame]) -> bool:
        """Whether the trail has another frame where the last one was that was delivered."""
        found = [(one.ordinal, one.frame.chain, one.frame.last) for one in at_ordinal]
        return bool(self.chain) and found != [(self.ordinal, self.chain, self.last)]


class ProgressFile:
    """Of one node."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Progress:
        """Errors: OSError, msgspec.DecodeError."""
        if not self._path.exists():
            return Progress()
        return msgspec.json.decode(self._path.read_bytes(), type=Progress)

    def write(self, progress: Progress) -> None:
        """Errors: OSError."""
        replace_file(self._path, msgspec.json.encode(progress))
