"""When each key was last used, on disk: a small LMDB environment of the node, which all its workers write.

Owns the file, in `usage/`. It is no part of the state: it follows from no log, and survives a rebuild. It begins when
it is made, and knows since when it tracks. What is merged later or twice changes nothing: of two uses the later stands.
"""

import threading
from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import lmdb
import msgpack

from services.durable_file import PRIVATE_DIRECTORY, PRIVATE_FILE

MAP_BYTES = 1 << 34
"""Address space reserved, not disk used: some hundred bytes a key."""
BATCH = 200
"""Uses in one transaction: it holds other threads up for less than a millisecond."""
_SINCE = b"tracking since"
"""No ARN: 8 bytes, big-endian, milliseconds."""


class LastUse(NamedTuple):
    """`time` is milliseconds since 1970; `event_id` names the audit entry, where there is one."""

    operation: str
    time: int
    request_id: str
    event_id: str | None = None


class UsageStoreUnavailable(Exception):
    """The file cannot be opened, read or written now. Nobody but GetKeyLastUsage needs it."""


class UsageStore:
    """Uses by key ARN. Opened when first needed, and tried again where that failed. Safe for several threads.

    `now` gives integer milliseconds since 1970.
    """

    def __init__(self, directory: Path, now: Callable[[], int]) -> None:
        self._directory = directory
        self._now = now
        self._opening = threading.Lock()
        self._opened: Any = None

    def tracking_since(self) -> int:
        """Milliseconds since 1970. Errors: UsageStoreUnavailable."""
        since = self._get(_SINCE)
        if since is None:
            raise UsageStoreUnavailable(f"{self._directory} does not say since when it tracks; move it away")
        return int.from_bytes(since, "big")

    def last_use(self, key_arn: str) -> LastUse | None:
        """Errors: UsageStoreUnavailable."""
        return _decode(self._get(key_arn.encode()))

    def merge(self, uses: Mapping[str, LastUse]) -> None:
        """Take the uses up, durably, in small transactions. Blocks on the disk. Errors: UsageStoreUnavailable."""
        remaining = iter(uses.items())
        while batch := list(islice(remaining, BATCH)):
            self._put(batch)

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()

    def _get(self, key: bytes) -> bytes | None:
        try:
            with self._environment().begin() as transaction:
                value: bytes | None = transaction.get(key)
                return value
        except lmdb.Error as error:
            raise UsageStoreUnavailable(f"{self._directory} cannot be read: {error}") from error

    def _put(self, uses: list[tuple[str, LastUse]]) -> None:
        try:
            with self._environment().begin(write=True) as transaction:
                for key_arn, use in uses:
                    before = _decode(transaction.get(key_arn.encode()))
                    if before is None or before.time < use.time:
                        transaction.put(key_arn.encode(), msgpack.packb(use))
        except lmdb.Error as error:
            raise UsageStoreUnavailable(f"{self._directory} cannot be written: {error}") from error

    def _environment(self) -> Any:
        with self._opening:
            if self._opened is None:
                self._opened = self._open()
            return self._opened

    def _open(self) -> Any:
        try:
            self._directory.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)
            environment = lmdb.open(
                str(self._directory), map_size=MAP_BYTES, mode=PRIVATE_FILE, metasync=False, readahead=False
            )
        except (lmdb.Error, OSError) as error:
            raise UsageStoreUnavailable(f"{self._directory} cannot be opened: {error}") from error
        try:
            environment.reader_check()
            with environment.begin(write=True) as transaction:
                transaction.put(_SINCE, self._now().to_bytes(8, "big"), overwrite=False)
        except lmdb.Error as error:
            environment.close()  # a process can open an environment only once: the next try must find it closed
            raise UsageStoreUnavailable(f"{self._directory} cannot be written: {error}") from error
        return environment


def _decode(encoded: bytes | None) -> LastUse | None:
    """Errors: UsageStoreUnavailable."""
    if encoded is None:
        return None
    try:
        return LastUse._make(msgpack.unpackb(encoded, use_list=False))
    except (ValueError, TypeError, msgpack.UnpackException) as error:
        raise UsageStoreUnavailable("a last use cannot be read; move the directory usage/ away") from error
