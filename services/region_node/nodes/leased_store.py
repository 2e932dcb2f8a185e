"""The state as a worker may serve it: only under its node's lease.

Owns the check. The deadline is read before the state, and the clock after: a lease that was renewed in between covers a
newer state than the one that was read. So a worker that was stopped for any time serves nothing of an old state.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager

from replication.state.state_store import Reading, StateStore, Transaction
from services.clock import boot_seconds
from services.region_node.nodes.errors import NotLeased

_TEXT = "This node of the region does not hold a serving lease at the moment. Retry."


class LeasedStore:
    """A `StateStore` whose `read` raises NotLeased where the node may not serve. `deadline`: until when it may."""

    def __init__(
        self, store: StateStore, deadline: Callable[[], float], clock: Callable[[], float] = boot_seconds
    ) -> None:
        self._read, self._deadline, self._clock = store.read, deadline, clock
        self._store = store

    def read(self) -> Reading:
        deadline = self._deadline()
        reading = self._read()
        if self._clock() >= deadline:
            reading.close()
            raise NotLeased(_TEXT)
        return reading

    def write(self) -> AbstractContextManager[Transaction]:
        return self._store.write()

    def build(self) -> None:
        self._store.build()

    def settle(self) -> None:
        self._store.settle()

    def close(self) -> None:
        self._store.close()
