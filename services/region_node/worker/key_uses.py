"""The successful cryptographic uses of keys, as one worker sees them.

Owns the memory of what was used since the last writing, one entry a key, and the writing: every few seconds, in a
thread. Nothing here ever refuses or delays the use of a key; a crash loses what was not written yet.
Source: AWS KMS API reference, "GetKeyLastUsage" (it may be up to an hour behind).
"""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Protocol, TypeAlias

from services.region_node.worker.usage_store import LastUse, UsageStoreUnavailable
from shared.errors import DependencyTimeout

WRITE_SECONDS = 5.0
NOTED_MOST = 100_000
"""Keys that are remembered while the store cannot be written. With more, what could not be written is given up."""

log = logging.getLogger(__name__)


_Noted: TypeAlias = tuple[str, int, str]
"""The first fields of a `LastUse`; it is made of them when it is needed, not for every request."""


class Store(Protocol):
    """`UsageStore`."""

    def tracking_since(self) -> int: ...

    def last_use(self, key_arn: str) -> LastUse | None: ...

    def merge(self, uses: dict[str, LastUse]) -> None: ...


class KeyUses:
    """Of one worker."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._noted: dict[str, _Noted] = {}
        self._written: dict[str, _Noted] = {}
        """What is being written now."""
        self._failing = False

    def note(self, key_arn: str, operation: str, now: int, request_id: str) -> None:
        """The key was used. `now` is integer milliseconds since 1970."""
        self._noted[key_arn] = (operation, now, request_id)

    def last_use(self, key_arn: str) -> LastUse | None:
        """What this worker knows, and what all had written. Errors: DependencyTimeout."""
        own = [LastUse(*noted[key_arn]) for noted in (self._noted, self._written) if key_arn in noted]
        kept = self._kept(key_arn)
        return max(own if kept is None else [*own, kept], key=lambda use: use.time, default=None)

    def tracking_since(self) -> int:
        """Since when the node has noted uses, in milliseconds since 1970. Errors: DependencyTimeout."""
        try:
            return self._store.tracking_since()
        except UsageStoreUnavailable as error:
            raise _unreadable(error) from error

    def _kept(self, key_arn: str) -> LastUse | None:
        try:
            return self._store.last_use(key_arn)
        except UsageStoreUnavailable as error:
            raise _unreadable(error) from error

    async def keep_writing(self) -> None:
        """Write for as long as the worker runs. Tracking begins with the first worker, not with the first use."""
        await self._guarded(self._store.tracking_since)
        while True:
            await self.write()
            await asyncio.sleep(WRITE_SECONDS)

    async def write(self) -> None:
        """Write what was noted. Where that fails it is kept, and said once."""
        if not self._noted:
            return
        self._written, self._noted = self._noted, {}
        if not await self._guarded(partial(self._merge, self._written)):
            kept = {**self._written, **self._noted}
            self._noted = kept if len(kept) <= NOTED_MOST else self._noted
        self._written = {}

    def _merge(self, noted: dict[str, _Noted]) -> None:
        self._store.merge({key_arn: LastUse(*use) for key_arn, use in noted.items()})

    async def _guarded(self, work: Callable[[], object]) -> bool:
        """Whether `work` came to its end in a thread. Whatever fails is said, once for as long as it lasts."""
        try:
            await asyncio.to_thread(work)
        except Exception as error:
            if not self._failing:
                log.error("the last uses of keys cannot be written; it is tried again", extra={"reason": str(error)})
            self._failing = True
            return False
        self._failing = False
        return True


def _unreadable(error: UsageStoreUnavailable) -> DependencyTimeout:
    """Not known is not unused: the client hears that, and the operator the reason."""
    log.error("the last uses of keys cannot be read", extra={"reason": str(error)})
    return DependencyTimeout("The node's record of the last uses of keys cannot be read; its log says why.")
