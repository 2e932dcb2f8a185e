"""How fresh what was adopted of each peer is, beside the state.

Owns the rows that the replicator writes and every process of the node reads. They follow from no log, and are no part
of the digest; a state that is built anew begins without them, until pulses are heard.
"""

import msgspec

from replication.state.state_store import ADAPTER, Snapshot, Transaction

_FRESH, _HEARD = b"fresh/", b"heard/"
_write = msgspec.msgpack.Encoder().encode
_read = msgspec.msgpack.Decoder(tuple[int, ...]).decode
_read_heard = msgspec.msgpack.Decoder(tuple[bytes, int]).decode


def write_freshness(transaction: Transaction, region: str, fresh: tuple[int, ...]) -> None:
    """`fresh`: by partition, the moment of which all is adopted that `region` had shared then, in milliseconds."""
    transaction.put(ADAPTER, _FRESH + region.encode(), _write(fresh))


def read_freshness(snapshot: Snapshot, region: str) -> tuple[int, ...]:
    """As it was written; empty where nothing is known of `region`."""
    stored = snapshot.get(ADAPTER, _FRESH + region.encode())
    return () if stored is None else _read(stored)


def write_heard(transaction: Transaction, region: str, heard: tuple[bytes, int] | None) -> None:
    """The latest pulse of `region`, and when it was heard, in milliseconds; None: it is heard from the beginning."""
    key = _HEARD + region.encode()
    if heard is None:
        transaction.delete(ADAPTER, key)
    else:
        transaction.put(ADAPTER, key, _write(heard))


def read_heard(snapshot: Snapshot, region: str) -> tuple[bytes, int] | None:
    stored = snapshot.get(ADAPTER, _HEARD + region.encode())
    return None if stored is None else _read_heard(stored)
