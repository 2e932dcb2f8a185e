"""Until when a node may serve, where its replicator writes it and each of its workers looks at every request.

Owns the file, mapped into the memory of all of them: the deadline as a double on the clock that `boot_seconds` reads,
and the boot that it belongs to. A look costs less than a microsecond. A deadline is a fact that lasts: it stays right
when the replicator ends, and after a reboot, where the clock began anew, the file is void.
"""

import mmap
import os
import struct
from pathlib import Path

from replication.writing.serving_lease import ALONE

_DEADLINE = struct.Struct("=d")
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
BOOT_ID_BYTES = 36
SIZE = _DEADLINE.size + BOOT_ID_BYTES


class LeaseFile:
    """One mapping. The replicator writes, workers read: eight aligned bytes, which are written and read as one."""

    def __init__(self, path: Path) -> None:
        """Errors: OSError."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if os.fstat(descriptor).st_size < SIZE:
                os.ftruncate(descriptor, SIZE)
            self._map = mmap.mmap(descriptor, SIZE)
        finally:
            os.close(descriptor)
        self._view = memoryview(self._map)[: _DEADLINE.size].cast("d")

    def deadline(self) -> float:
        """`ALONE` where nobody else may write; 0 where the node may not serve."""
        return self._view[0]

    def set(self, deadline: float) -> None:
        self._view[0] = deadline

    def boot_again(self) -> None:
        """Forget a deadline of another boot. That a node is alone does not hang on a clock."""
        boot = BOOT_ID.read_bytes()[:BOOT_ID_BYTES]
        if self._map[_DEADLINE.size :] != boot:
            if self.deadline() != ALONE:
                self.set(0.0)
            self._map[_DEADLINE.size :] = boot

    def close(self) -> None:
        self._view.release()
        self._map.close()


def void_after_reboot(path: Path) -> None:
    """For the supervisor, before anybody reads. Errors: OSError."""
    file = LeaseFile(path)
    try:
        file.boot_again()
    finally:
        file.close()
