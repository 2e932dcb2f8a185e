"""Whether the region's own log holds what only a later version of the program can read.

Owns the note of that, beside the state and gone with it. Another node of the region runs that version, or did: this one
is behind, freezes what it cannot read, and must not go on as if it knew what its region knows.
"""

from replication.state.state_store import ADAPTER, Snapshot, Transaction

_ROW = b"later version"


def note_later(transaction: Transaction, partition: int, reason: str) -> None:
    """The last such record is noted. `reason` is empty where there was none."""
    if reason:
        transaction.put(ADAPTER, _ROW, f"a record of partition {partition}: {reason}".encode())


def later_record(snapshot: Snapshot) -> str:
    """Which record that is, and what it needs; empty where all could be read."""
    return (snapshot.get(ADAPTER, _ROW) or b"").decode()
