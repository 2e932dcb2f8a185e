"""How far the delivery has come: which signed digest, which frame, and each account's last digest file.

Owns the file. It is written after everything of a period has been delivered, so that a crash delivers the
same files again. A lost one begins anew: the same log files, and another chain of digest files.
"""

from pathlib import Path

import msgspec

from services.durable_file import replace_file
from shared.audit.delivered_files import Previous


class Progress(msgspec.Struct, frozen=True):
    """`number`: of the last digest whose entries were delivered; `ordinal`: of the last frame that was."""

    number: int = 0
    ordinal: int = 0
    accounts: dict[str, Previous] = {}


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
