"""Cosignatures on their way from the replicator, which hears them, to the auditor, which appends them to the log.

Owns the files between the two, one a witness with the last that it has made: each is replaced whole.
"""

from collections.abc import Sequence
from pathlib import Path

from services.durable_file import PRIVATE_DIRECTORY, replace_file
from shared.audit.cosignature import Seen


class CosignatureInbox:
    """In this directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._placed: dict[str, tuple[int, bytes]] = {}

    def place(self, seen: Seen, encoded: bytes) -> None:
        """A cosignature that was checked; one that was placed already is not placed again. Errors: OSError."""
        said = (seen.number, seen.hash)
        if self._placed.get(seen.witness) != said:
            self._directory.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)
            replace_file(self._directory / seen.witness, encoded, durable=False)
            self._placed[seen.witness] = said

    def all(self) -> Sequence[bytes]:
        """Errors: OSError."""
        files = sorted(path for path in self._directory.glob("*") if not path.name.endswith(".creating"))
        return [path.read_bytes() for path in files]


def inbox_directory(trail: Path) -> Path:
    """Beside the trail of the node that lies there."""
    return trail.parent / "cosignatures"
