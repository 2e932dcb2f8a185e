"""What a node does by itself, thing by thing and again and again, and which of these things fail.

Owns that a failure, of whatever kind, keeps nothing else from its turn, and is logged once for as long as it lasts.
"""

import logging
from collections.abc import Awaitable, Hashable, Iterable
from itertools import islice
from typing import Generic, TypeVar

from replication.state.state_store import StoreFailed
from services.region_node.requests.fault_log import told_of
from shared.errors import KeytideError

log = logging.getLogger(__name__)

Thing = TypeVar("Thing", bound=Hashable)


class Failures(Generic[Thing]):
    """The things that failed when they had their last turn. `said` is what the log says of one."""

    def __init__(self, said: str) -> None:
        self._said = said
        self._failed: dict[Thing, None] = {}

    def __contains__(self, thing: object) -> bool:
        return thing in self._failed

    def longest_ago(self, most: int) -> list[Thing]:
        """So many of those whose turn was the longest ago."""
        return list(islice(self._failed, most))

    def forget_others(self, things: Iterable[Thing]) -> None:
        """Only `things` are still to be done."""
        kept = frozenset(things)
        self._failed = {thing: None for thing in self._failed if thing in kept}

    async def contained(self, thing: Thing, turn: Awaitable[None], **details: str) -> None:
        """Await the turn of `thing`; `details` tell it in the log. Errors: StoreFailed: then nothing can go on."""
        try:
            await turn
        except StoreFailed:
            raise
        except Exception as error:
            if thing not in self._failed:
                log.warning(self._said, extra=details | _reason(error))
            self._failed.pop(thing, None)
            self._failed[thing] = None
        else:
            self._failed.pop(thing, None)


def _reason(error: Exception) -> dict[str, object]:
    return {"reason": error.message} if isinstance(error, KeytideError) else told_of(error)
