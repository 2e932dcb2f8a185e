"""A snapshot of the state store, read as the aggregates that decisions speak of.

Owns `SnapshotView`, the `StateView` of a running node, and `served`, the view that answers requests: it refuses a
partition that has not been built from its log yet, where a key that was disabled would still be enabled. Rows are
decoded once for all requests: the memory of decoded rows is keyed by the rows' own bytes, so that a changed row can
never be answered from it.
"""

from collections.abc import Iterator
from functools import lru_cache

from replication.indexes import alias_index
from replication.rows import NO_ROW, Row, decode_row
from replication.state_store import (
    ADAPTER,
    BUILT,
    INDEXES,
    PREFIX_BYTES,
    STREAMS,
    Snapshot,
    partition_prefix,
    row_key,
)
from shared.aliases.model import Alias
from shared.errors import DependencyTimeout, KeyUnavailable
from shared.evolve import State
from shared.identifiers import (
    access_key_stream,
    account_of_access_key,
    alias_stream,
    key_stream,
    partition_of,
    peer_stream,
)
from shared.identity.model import AccessKey, Peer
from shared.keys.model import Key

DECODED_MOST = 20_000
_BUILDING = (
    "The region builds its state from its log and does not serve this account before it is whole; nothing was changed. "
    "Retry; /readyz of the region says how far it is."
)
_FIRST_PARTITION = partition_prefix(0)
_decoded: dict[bytes, Row] = {}


def _row(encoded: bytes | None) -> Row:
    return NO_ROW if encoded is None else _decoded.get(encoded) or _decode(encoded)


def _decode(encoded: bytes) -> Row:
    if len(_decoded) >= DECODED_MOST:
        _decoded.clear()
    row = _decoded[encoded] = decode_row(encoded)
    return row


@lru_cache(maxsize=65_536)
def _account_prefix(account: str, partitions: int) -> bytes:
    return partition_prefix(partition_of(account, partitions))


def served(snapshot: Snapshot, partitions: int) -> "SnapshotView":
    """The view of requests."""
    built = snapshot.get(ADAPTER, BUILT) or b""
    if len(built) == PREFIX_BYTES * partitions:
        return SnapshotView(snapshot, partitions)
    prefixes = {built[start : start + PREFIX_BYTES] for start in range(0, len(built), PREFIX_BYTES)}
    return SnapshotView(snapshot, partitions, frozenset(map(partition_prefix, range(partitions))) - prefixes)


class SnapshotView:
    """Implements `shared.decision.StateView`. A frozen stream is refused: its state is not known to this program."""

    __slots__ = ("_get", "_partitions", "_snapshot", "_unbuilt")

    def __init__(self, snapshot: Snapshot, partitions: int, unbuilt: frozenset[bytes] = frozenset()) -> None:
        """`unbuilt`: the prefixes of the partitions that are not to be read."""
        self._snapshot = snapshot
        self._partitions = partitions
        self._get = snapshot.get
        self._unbuilt = unbuilt

    def _named(self, stream: str) -> Row:
        account = stream.split("/", 2)[1]
        return self._of(account if account.isdigit() else None, stream)

    def _of(self, account: str | None, stream: str) -> Row:
        """The row of a stream; what belongs to no account stands in every partition, the first among them."""
        prefix = _FIRST_PARTITION if account is None else self._prefix(account)
        encoded = self._get(STREAMS, prefix + stream.encode())
        if encoded is None:
            return NO_ROW
        row = _decoded.get(encoded) or _decode(encoded)
        if row.frozen:
            raise KeyUnavailable(
                f"A record that this version of the program cannot apply has changed {stream}; upgrade this region."
            )
        return row

    def _prefix(self, account: str) -> bytes:
        """Where the account's rows stand. Errors: DependencyTimeout for a partition that is not built."""
        prefix = _account_prefix(account, self._partitions)
        if prefix in self._unbuilt:
            raise DependencyTimeout(_BUILDING)
        return prefix

    def state(self, stream: str) -> State | None:
        return self._named(stream).state

    def revision(self, stream: str) -> int:
        return self._named(stream).revision

    def key(self, account: str, key_id: str) -> Key | None:
        state = self._of(account, key_stream(account, key_id)).state
        return state if type(state) is Key else None

    def alias(self, account: str, alias: str) -> Alias | None:
        state = self._of(account, alias_stream(account, alias)).state
        return state if type(state) is Alias else None

    def access_key(self, access_key_id: str) -> AccessKey | None:
        account = account_of_access_key(access_key_id)
        if account is None:
            return None
        state = self._of(account, access_key_stream(account, access_key_id)).state
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

    def access_keys(self) -> Iterator[AccessKey]:
        """Every access key that this program can read."""
        for partition in range(self._partitions):
            prefix = row_key(partition, "access-key/")
            for _, encoded in self._snapshot.scan(STREAMS, prefix, prefix):
                row = decode_row(encoded)
                if type(row.state) is AccessKey and not row.frozen:
                    yield row.state

    def keys(self, account: str, after: str) -> Iterator[Key]:
        for row in self._scan(account, key_stream(account, ""), after):
            if type(row.state) is Key:
                yield row.state

    def aliases(self, account: str, after: str) -> Iterator[Alias]:
        for row in self._scan(account, alias_stream(account, ""), after):
            if type(row.state) is Alias:
                yield row.state

    def _scan(self, account: str, stream_prefix: str, after: str) -> Iterator[Row]:
        prefix = self._prefix(account) + stream_prefix.encode()
        start = prefix + after.encode() + b"\0" * bool(after)
        for _, encoded in self._snapshot.scan(STREAMS, start, prefix):
            # A page of a listing is read once: it would only crowd the memory of decoded rows.
            yield decode_row(encoded)

    def aliases_of(self, account: str, key_id: str, after: str) -> Iterator[Alias]:
        prefix = self._prefix(account) + alias_index(account, key_id, "").encode()
        start = prefix + after.encode() + b"\0" * bool(after)
        for name, _ in self._snapshot.scan(INDEXES, start, prefix):
            alias = self.alias(account, name[len(prefix) :].decode())
            if alias is not None:
                yield alias
