"""A snapshot of the state store, read as the aggregates that decisions speak of.

Owns `SnapshotView`, the `StateView` of a running node, and `served`, the view that answers requests: it refuses a
partition that has not been built from its log yet, where a key that was disabled would still be enabled. Rows are
decoded once for all requests: the memory of decoded rows is keyed by the rows' own bytes, so that a changed row can
never be answered from it.
"""

import heapq
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from replication.indexes import alias_index, grant_index, grantee_index, retirable_index
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
from shared.grants.model import Grant
from shared.identifiers import (
    access_key_stream,
    account_of_access_key,
    account_stream,
    alias_stream,
    grant_stream,
    key_store_stream,
    key_stream,
    partition_of,
    peer_stream,
)
from shared.identity.model import AccessKey, Account, Peer
from shared.key_stores.availability import as_seen
from shared.key_stores.model import KeyStore
from shared.keys.expiry import as_of
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


class Moment(NamedTuple):
    """Where and when a request is served. `now` is integer milliseconds since 1970."""

    region: str
    now: int


def served(snapshot: Snapshot, partitions: int, moment: Moment | None = None) -> "SnapshotView":
    """The view of requests."""
    built = snapshot.get(ADAPTER, BUILT) or b""
    if len(built) == PREFIX_BYTES * partitions:
        return SnapshotView(snapshot, partitions, moment)
    prefixes = {built[start : start + PREFIX_BYTES] for start in range(0, len(built), PREFIX_BYTES)}
    return SnapshotView(snapshot, partitions, moment, frozenset(map(partition_prefix, range(partitions))) - prefixes)


class SnapshotView:
    """Implements `shared.decision.StateView`. A frozen stream is refused: its state is not known to this program. The
    listings of an account pass it over, so that it hides no other.

    With a `moment`, `key` and `keys` give keys without what has expired by then; `state` always gives what is recorded.
    `unbuilt`: the prefixes of the partitions that are not to be read.
    """

    __slots__ = ("_get", "_moment", "_partitions", "_snapshot", "_unbuilt")

    def __init__(
        self,
        snapshot: Snapshot,
        partitions: int,
        moment: Moment | None = None,
        unbuilt: frozenset[bytes] = frozenset(),
    ) -> None:
        self._snapshot = snapshot
        self._partitions = partitions
        self._moment = moment
        self._get = snapshot.get
        self._unbuilt = unbuilt

    def at(self, moment: Moment) -> "SnapshotView":
        """The same snapshot as it stands at `moment`."""
        return SnapshotView(self._snapshot, self._partitions, moment, self._unbuilt)

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
        return self._built(_account_prefix(account, self._partitions))

    def _built(self, prefix: bytes) -> bytes:
        if prefix in self._unbuilt:
            raise DependencyTimeout(_BUILDING)
        return prefix

    def state(self, stream: str) -> State | None:
        return self._named(stream).state

    def state_in(self, account: str, stream: str) -> State | None:
        return self._of(account, stream).state

    def revision(self, stream: str) -> int:
        return self._named(stream).revision

    def key(self, account: str, key_id: str) -> Key | None:
        state = self._of(account, key_stream(account, key_id)).state
        return self._standing(state) if type(state) is Key else None

    def _standing(self, key: Key) -> Key:
        if self._moment is None:
            return key
        key = as_of(key, *self._moment)
        if key.custom_key_store_id is None:
            return key
        return as_seen(key, self.key_store(key.account, key.custom_key_store_id))

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

    def peers(self) -> Mapping[str, Peer]:
        """The peers that are pinned, by region. A partition that waits keeps nobody from knowing them."""
        found: dict[str, Peer] = {}
        for partition in range(self._partitions):
            prefix = row_key(partition, peer_stream(""))
            for _, encoded in self._snapshot.scan(STREAMS, prefix, prefix):
                state = _row(encoded).state
                if type(state) is Peer:
                    found.setdefault(state.region, state)
        return found

    def accounts(self) -> Iterator[Account]:
        """Every account, partition by partition."""
        for state in self._everywhere(account_stream("")):
            if type(state) is Account:
                yield state

    def access_keys(self) -> Iterator[AccessKey]:
        """Every access key that this program can read, partition by partition."""
        for state in self._everywhere("access-key/"):
            if type(state) is AccessKey:
                yield state

    def _everywhere(self, stream_prefix: str) -> Iterator[State | None]:
        """The states of the streams of every partition that this program can read."""
        for partition in range(self._partitions):
            prefix = row_key(partition, stream_prefix)
            for _, encoded in self._snapshot.scan(STREAMS, prefix, prefix):
                row = decode_row(encoded)
                if not row.frozen:
                    yield row.state

    def keys(self, account: str, after: str) -> Iterator[Key]:
        for row in self._scan(account, key_stream(account, ""), after):
            if type(row.state) is Key:
                yield self._standing(row.state)

    def aliases(self, account: str, after: str) -> Iterator[Alias]:
        for row in self._scan(account, alias_stream(account, ""), after):
            if type(row.state) is Alias:
                yield row.state

    def entities(self, account: str, kind: str, after: str) -> Iterator[State]:
        for row in self._scan(account, f"{kind}/{account}/", after):
            if row.state is not None:
                yield row.state

    def indexed(self, account: str, index: str, after: str) -> Iterator[str]:
        return self._indexed(self._prefix(account), index, after)

    def key_store(self, account: str, key_store_id: str) -> KeyStore | None:
        state = self._of(account, key_store_stream(account, key_store_id)).state
        return state if type(state) is KeyStore else None

    def key_stores(self, account: str, after: str) -> Iterator[KeyStore]:
        for row in self._scan(account, key_store_stream(account, ""), after):
            if type(row.state) is KeyStore:
                yield row.state

    def keys_in_store(self, account: str, key_store_id: str, external_key_id: str | None = None) -> Iterator[Key]:
        index = f"in-key-store/{account}/{key_store_id}/" + (f"{external_key_id}/" if external_key_id else "")
        prefix = row_key(partition_of(account, self._partitions), index)
        for name, _ in self._snapshot.scan(INDEXES, prefix, prefix):
            key = self.key(account, name.rpartition(b"/")[2].decode())
            if key is not None:
                yield key

    def _scan(self, account: str, stream_prefix: str, after: str) -> Iterator[Row]:
        prefix = self._prefix(account) + stream_prefix.encode()
        start = prefix + after.encode() + b"\0" * bool(after)
        for _, encoded in self._snapshot.scan(STREAMS, start, prefix):
            # A page of a listing is read once: it would only crowd the memory of decoded rows.
            row = decode_row(encoded)
            if not row.frozen:
                yield row

    def aliases_of(self, account: str, key_id: str, after: str) -> Iterator[Alias]:
        for name in self._indexed(self._prefix(account), alias_index(account, key_id, ""), after):
            alias = self.alias(account, name)
            if alias is not None:
                yield alias

    def grant(self, account: str, key_id: str, grant_id: str) -> Grant | None:
        state = self._of(account, grant_stream(account, key_id, grant_id)).state
        return state if type(state) is Grant else None

    def grant_ids(self, account: str, key_id: str, after: str) -> Iterator[str]:
        return self._indexed(self._prefix(account), grant_index(account, key_id, ""), after)

    def grants(self, account: str, key_id: str, after: str) -> Iterator[Grant]:
        return self._grants(account, key_id, self.grant_ids(account, key_id, after))

    def grants_to(self, account: str, key_id: str, grantee: str, after: str) -> Iterator[Grant]:
        prefix = grantee_index(account, key_id, grantee, "")
        return self._grants(account, key_id, self._indexed(self._prefix(account), prefix, after))

    def _grants(self, account: str, key_id: str, grant_ids: Iterator[str]) -> Iterator[Grant]:
        for grant_id in grant_ids:
            grant = self.grant(account, key_id, grant_id)
            if grant is not None:
                yield grant

    def retirable_grants(self, principal: str, after: str) -> Iterator[Grant]:
        """The keys lie in any partition, each of which has the names in their order."""
        prefix = retirable_index(principal, "")
        partitions = [self._built(partition_prefix(number)) for number in range(self._partitions)]
        by_partition = [self._indexed(partition, prefix, after) for partition in partitions]
        for place in heapq.merge(*by_partition):
            grant = self.grant(*place.split("/"))
            if grant is not None:
                yield grant

    def _indexed(self, partition: bytes, prefix: str, after: str) -> Iterator[str]:
        """The ends of the index names that begin with `prefix`, from the first end greater than `after`."""
        whole = partition + prefix.encode()
        start = whole + after.encode() + b"\0" * bool(after)
        for name, _ in self._snapshot.scan(INDEXES, start, whole):
            yield name[len(whole) :].decode()
