"""When a key was last used in a region, through whichever of its nodes.

Owns putting two sources together: the uses that this node has noted itself, seconds ago, and those that have come into
the trail from all nodes. Without a trail, or before anything of it is counted, the node's own are all that is known.
Each region of a multi-region key has its own last use.
Source: AWS KMS API reference, GetKeyLastUsage: "primary and replica keys track last usage independently".
"""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from services.region_node.worker.usage_store import LastUse, UsageStore
from services.usage.usage_file import UsageUnavailable
from services.usage.usage_reader import UsageReader

Answer = TypeVar("Answer")


class RegionUses:
    """In a worker, for all its threads. `file`: the usage that the node's auditor counts. Errors: as `UsageStore`."""

    def __init__(self, own: UsageStore, file: Path) -> None:
        self._own, self._file = own, file
        self._reader: UsageReader | None = None
        self._turn = threading.Lock()

    def tracking_since(self) -> int:
        """Milliseconds since 1970."""
        own = self._own.tracking_since()
        counted = self._counted(lambda reader: reader.since())
        return own if counted is None else min(own, counted)

    def last_use(self, key_arn: str) -> LastUse | None:
        """The later one; of one use that both know, the trail's word, which names the audit entry."""
        known = [self._counted(lambda reader: reader.last_use(key_arn)), self._own.last_use(key_arn)]
        return max((use for use in known if use is not None), key=lambda use: use.time, default=None)

    def merge(self, uses: dict[str, LastUse]) -> None:
        """What this node has noted."""
        self._own.merge(uses)

    def _counted(self, question: Callable[[UsageReader], Answer]) -> Answer | None:
        with self._turn:
            try:
                if self._reader is None:
                    self._reader = UsageReader(self._file)
                return question(self._reader)
            except UsageUnavailable:  # tried anew at the next question: the auditor may not have begun
                if self._reader is not None:
                    self._reader.close()
                    self._reader = None
                return None
