"""The state as requests may read it.

Owns which of it is served: nothing before the witness rule lets it be (`admission.py`), and no partition that has not
been built from its log yet, for there a key that was disabled would still be enabled. What requests have read of one
version of the state is remembered until there is another, so that a change binds the next request and everything else
costs a look into a dictionary.
"""

from replication.state.decoded_rows import DECODED_MOST
from replication.state.state_store import ADAPTER, BUILT, PREFIX_BYTES, Reading, partition_prefix
from replication.state.view import Memory, Moment, SnapshotView
from replication.witness.admission import Gate

REMEMBERED_MOST = DECODED_MOST
"""Rows, and things derived from them."""


class ServedState:
    """Views for the requests of one process, of one store whose accounts are spread over `partitions`.

    `gate` None: for who decides or reviews, and for a region without peers.
    """

    def __init__(self, partitions: int, gate: Gate | None = None) -> None:
        self._partitions, self._gate = partitions, gate
        self._version = -1
        self._unbuilt: frozenset[bytes] = frozenset()
        self._memory = Memory({}, {})

    def view(self, reading: Reading, moment: Moment | None = None) -> SnapshotView:
        """What `reading` holds, as it is served at `moment`. Errors: StoreFailed; those of `Gate.require`."""
        rows, derived = self._memory
        if reading.version != self._version or len(rows) > REMEMBERED_MOST or len(derived) > REMEMBERED_MOST:
            self._begin_anew(reading)
        if self._gate is not None and moment is not None:
            self._gate.require(moment.now)
        return SnapshotView(reading, self._partitions, moment, self._unbuilt, self._memory)

    def kept(self) -> tuple[int, int]:
        """How many rows of the present version of the state are remembered, and how many things derived from them."""
        return len(self._memory.rows), len(self._memory.derived)

    @property
    def unconfirmed(self) -> str:
        """As `Gate.unconfirmed`, of the latest view."""
        return "" if self._gate is None else self._gate.unconfirmed

    def _begin_anew(self, reading: Reading) -> None:
        """Views of earlier versions may still be held: they keep their own memory."""
        built = reading.get(ADAPTER, BUILT) or b""
        prefixes = {built[start : start + PREFIX_BYTES] for start in range(0, len(built), PREFIX_BYTES)}
        self._unbuilt = frozenset(map(partition_prefix, range(self._partitions))) - prefixes
        if self._gate is not None:
            self._gate.look(reading)
        self._version, self._memory = reading.version, Memory({}, {})
