"""A snapshot of the state store, read as the aggregates that decisions speak of.

Owns `SnapshotView`, the `StateView` of a running node. Rows are decoded once for all requests: the memory of decoded
rows is keyed by the rows' own bytes, so that a changed row can never be answered from it.
"""

from collections.abc import Iterator

from replication.rows import NO_ROW, Row, access_key_index, decode_row
from replication.state_store import INDEXES, STREAMS, Snapshot, row_key
from shared.aliases.model import Alias
from shared.errors import KeyUnavailable
from shared.evolve import State
from shared.identifiers import access_key_stream, alias_stream, key_stream, partition_of, peer_stream
from shared.identity.model import AccessKey, Peer
from shared.keys.model import Key

DECODED_MOST = 20_000
_decoded: dict[bytes, Row] = {}


def _row(encoded: bytes | None) -> Row:
    if encoded is None:
        return NO_ROW
    row = _decoded.get(encoded)
    if row is None:
        row = decode_row(encoded)
        if len(_decoded) >= DECODED_MOST:
            _decoded.clear()
        _decoded[encoded] = row
    return row


class SnapshotView:
    """Implements `shared.decision.StateView`. A frozen stream is refused: its state is not known to this program."""

    __slots__ = ("_get", "_partitions", "_snapshot")

    def __init__(self, snapshot: Snapshot, partitions: int) -> None:
        self._snapshot = snapshot
        self._partitions = partitions
        self._get = snapshot.get

    def _named(self, stream: str) -> Row:
        account = stream.split("/", 2)[1]
        partition = partition_of(account, self._partitions) if account.isdigit() else 0
        return _served(_row(self._get(STREAMS, row_key(partition, stream))), stream)

    def state(self, stream: str) -> State | None:
        return self._named(stream).state

    def revision(self, stream: str) -> int:
        return self._named(stream).revision

    def key(self, account: str, key_id: str) -> Key | None:
        state = self._named(key_stream(account, key_id)).state
        return state if type(state) is Key else None

    def alias(self, account: str, alias: str) -> Alias | None:
        state = self._named(alias_stream(account, alias)).state
        return state if type(state) is Alias else None

    def access_key(self, access_key_id: str) -> AccessKey | None:
        account = self._get(INDEXES, access_key_index(access_key_id))
        if account is None:
            return None
        state = self._named(access_key_stream(account.decode(), access_key_id)).state
        return state if type(state) is AccessKey else None

    def peer(self, partition: int, region: str) -> Peer | None:
        """A peer as this partition has pinned it: what has no account is recorded in every partition."""
        state = _row(self._get(STREAMS, row_key(partition, peer_stream(region)))).state
        return state if type(state) is Peer else None

    def peers(self) -> Iterator[Peer]:
        """The peers that are pinned, in the order of their names."""
        prefix = row_key(0, peer_stream(""))
        for _, encoded in self._snapshot.scan(STREAMS, prefix, prefix):
            state = _row(encoded).state
            if type(state) is Peer:
                yield state

    def keys(self, account: str, after: str) -> Iterator[Key]:
        for row in self._scan(account, key_stream(account, ""), after):
            if type(row.state) is Key:
                yield row.state

    def aliases(self, account: str, after: str) -> Iterator[Alias]:
        for row in self._scan(account, alias_stream(account, ""), after):
            if type(row.state) is Alias:
                yield row.state

    def _scan(self, account: str, stream_prefix: str, after: str) -> Iterator[Row]:
        partition = partition_of(account, self._partitions)
        start = row_key(partition, stream_prefix + after) + b"\0" * bool(after)
        for _, encoded in self._snapshot.scan(STREAMS, start, row_key(partition, stream_prefix)):
            # A page of a listing is read once: it would only crowd the memory of decoded rows.
            yield decode_row(encoded)

    def aliases_of(self, account: str, key_id: str, after: str) -> Iterator[Alias]:
        partition = partition_of(account, self._partitions)
        prefix = row_key(partition, f"alias-of/{account}/{key_id}/")
        start = prefix + after.encode() + b"\0" * bool(after)
        for name, _ in self._snapshot.scan(INDEXES, start, prefix):
            alias = self.alias(account, name[len(prefix) :].decode())
            if alias is not None:
                yield alias


def _served(row: Row, stream: str) -> Row:
    if row.frozen:
        raise KeyUnavailable(f"{stream} was changed by a later version of the program; upgrade this region.")
    return row
