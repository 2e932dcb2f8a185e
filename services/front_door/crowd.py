"""Who is at the door, and who has to go when it is full.

Owns the bounds on connections and on bytes of unfinished requests, both of which cost a client no credentials. A guest
is *waited for* while the next move is its own: it is idle, or its request is still coming in. When there is no room,
the guest that has been waited for longest is dismissed; one that is being served never is.
"""

import logging
import time
from collections.abc import Callable
from typing import NamedTuple, Protocol

TELLING_SECONDS = 10.0

log = logging.getLogger(__name__)


class Guest(Protocol):
    """A connection."""

    def dismiss(self) -> None:
        """End at once."""


class Told(NamedTuple):
    """Who is at the door now, and who had to go or was not let in since the start."""

    connections: int
    held_bytes: int
    dismissed: int
    turned_away: int


class Crowd:
    """At most `most` guests, whose unfinished requests hold at most `most_bytes` together."""

    def __init__(self, most: int, most_bytes: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._most_bytes, self._clock = most, most_bytes, clock
        self._guests: set[Guest] = set()
        self._waited_for: dict[Guest, None] = {}
        self._bringing: dict[Guest, int] = {}
        self._bytes = 0
        self._dismissed = self._turned_away = 0
        self._tell_after = float("-inf")

    def told(self) -> Told:
        return Told(len(self._guests), self._bytes, self._dismissed, self._turned_away)

    def admit(self, guest: Guest) -> bool:
        """Let a guest in, in another's place where the door is full; False where all are being served."""
        if len(self._guests) >= self._most and not self._dismiss_one(self._waited_for):
            self._turned_away += 1
            self._tell()
            return False
        self._guests.add(guest)
        self.wait_for(guest)
        return True

    def wait_for(self, guest: Guest) -> None:
        """From now on the next move is the guest's."""
        self._waited_for.pop(guest, None)
        self._waited_for[guest] = None

    def hold(self, guest: Guest, size: int) -> None:
        """The guest's unfinished request has brought `size` more bytes. This may dismiss the guest itself."""
        self._bringing[guest] = self._bringing.get(guest, 0) + size
        self._bytes += size
        while self._bytes > self._most_bytes and self._dismiss_one(self._bringing):
            continue

    def serve(self, guest: Guest) -> None:
        """The guest's request is whole: the next move is the door's."""
        self._waited_for.pop(guest, None)
        self._bytes -= self._bringing.pop(guest, 0)

    def leave(self, guest: Guest) -> None:
        self.serve(guest)
        self._guests.discard(guest)

    def _dismiss_one(self, among: dict[Guest, None] | dict[Guest, int]) -> bool:
        longest = next(iter(among), None)
        if longest is None:
            return False
        self.leave(longest)
        longest.dismiss()
        self._dismissed += 1
        self._tell()
        return True

    def _tell(self) -> None:
        """Now and then: a line for each would let a flood fill the log."""
        if self._clock() < self._tell_after:
            return
        self._tell_after = self._clock() + TELLING_SECONDS
        extra = {"dismissed": self._dismissed, "turned_away": self._turned_away, "connections": len(self._guests)}
        log.warning("the door is full", extra=extra)
