"""A snapshot of the state store, read as the aggregates that decisions speak of.

Owns `SnapshotView`, the `StateView` of a running node.
"""

import heapq
from collections.abc import Hashable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from replication.state.decoded_rows import decoded_row
from replication.state.partition_head import PartitionHead
from replication.state.rows import NO_ROW, Row, decode_row
from replication.state.state_store import INDEXES, PARTITIONS, STREAMS, Snapshot, partition_prefix, row_key
from replication.state.view_aliases import alias_in, aliases_in, aliases_of_key
from replication.state.view_grants import (
    grant_ids_of,
    grant_in,
    grants_of,
    grants_to,
    own_grants_of,
    retirable_grants_in,
)
from replication.state.view_readable import readable
from shared.aliases.model import Alias
from shared.errors import DependencyTimeout, KeyUnavailable
from shared.evolve import State
from shared.grants.model import Grant
from shared.identifiers import (
    access_key_stream,
    account_of_access_key,
    account_stream,
    alias_stream,
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
from shared.keys.specs import AWS_KMS

_BUILDING = (
    "The region builds its state from its log and does not serve this account before it is whole; nothing was changed. "
    "Retry; /readyz of the region says how far it is."
)
_FIRST_PARTITION = partition_prefix(0)


@lru_cache(maxsize=65_536)
def _account_prefix(account: str, partitions: int) -> bytes:
    return partition_prefix(partition_of(account, partitions))


class Moment(NamedTuple):
    """Where and when a request is served. `now` is integer milliseconds since 1970."""

    region: str
    now: int


class Memory(NamedTuple):
    """What was read of streams, by name, and what was derived from it all."""

    rows: dict[str, Row]
    derived: dict[Hashable, Any]


class SnapshotView:
    """Implements `shared.decision.StateView`. A frozen stream is refused: its state is not known to this program. The
    listings of an account pass it over, so that it hides no other.

    With a `moment`, `key` and `keys` give keys without what has expired by then; `state` always gives what is recorded.
    `unbuilt`: the prefixes of the partitions that are not to be read. `memory`: views of equal snapshots may share one,
    and a snapshot whose rows still change needs a fresh view after each change.
    """

    __slots__ = ("_memory", "_moment", "_partitions", "_rows", "_snapshot", "_unbuilt", "derived")

    def __init__(
        self,
        snapshot: Snapshot,
        partitions: int,
        moment: Moment | None = None,
        unbuilt: frozenset[bytes] = frozenset(),
        memory: Memory | None = None,
    ) -> None:
        self._snapshot = snapshot
        self._partitions = partitions
        self._moment = moment
        self._unbuilt = unbuilt
        self._memory = memory or Memory({}, {})
        self._rows, self.derived = self._memory

    def at(self, moment: Moment) -> "SnapshotView":
        """The same snapshot as it stands at `moment`."""
        return SnapshotView(self._snapshot, self._partitions, moment, self._unbuilt, self._memory)

    def _row_of(self, stream: str) -> Row:
        return self._rows.get(stream) or self._read(stream)

    def _read(self, stream: str) -> Row:
        row = self._stored(stream)
        if row.frozen:
            raise KeyUnavailable(
                f"A record that this version of the program cannot apply has changed {stream}; upgrade this region."
            )
        if row is not NO_ROW:  # clients may name any number of things that do not exist
            self._rows[stream] = row
        return row

    def _stored(self, stream: str) -> Row:
        """The row of a stream; what belongs to no account stands in every partition, the first among them."""
        account = stream.split("/", 2)[1]
        prefix = self._prefix(account) if account.isdigit() else _FIRST_PARTITION
        return decoded_row(self._snapshot.get(STREAMS, prefix + stream.encode()))

    def _prefix(self, account: str) -> bytes:
        """Where the account's rows stand. Errors: DependencyTimeout for a partition that is not built."""
        return self._built(_account_prefix(account, self._partitions))

    def _built(self, prefix: bytes) -> bytes:
        if prefix in self._unbuilt:
            raise DependencyTimeout(_BUILDING)
        return prefix

    def state(self, stream: str) -> State | None:
        return self._row_of(stream).state

    def revision(self, stream: str) -> int:
        return self._row_of(stream).revision

    def sequence(self, account: str) -> int:
        return PartitionHead.decode(self._snapshot.get(PARTITIONS, self._prefix(account))).head.sequence

    def key(self, account: str, key_id: str) -> Key | None:
        stream = key_stream(account, key_id)
        state = (self._rows.get(stream) or self._read(stream)).state
        if type(state) is not Key:
            return None
        return state if state.origin == AWS_KMS else self._standing(state)

    def last_known_key(self, account: str, key_id: str) -> Key | None:
        """The key as it is recorded, also one that is frozen: as it was before what this program cannot read."""
        state = self._stored(key_stream(account, key_id)).state
        return state if type(state) is Key else None

    def _standing(self, key: Key) -> Key:
        if self._moment is None:
            return key
        key = as_of(key, *self._moment)
        if key.custom_key_store_id is None:
            return key
        return as_seen(key, self.key_store(key.account, key.custom_key_store_id))

    def alias(self, account: str, alias: str) -> Alias | None:
        return alias_in(self, account, alias)

    def own_alias(self, account: str, alias: str) -> Alias | None:
        """The alias, if the region has it by itself."""
        state = self._row_of(alias_stream(account, alias)).state
        return state if type(state) is Alias else None

    def access_key(self, access_key_id: str) -> AccessKey | None:
        account = account_of_access_key(access_key_id)
        if account is None:
            return None
        state = self._row_of(access_key_stream(account, access_key_id)).state
        return state if type(state) is AccessKey else None

    def peer(self, partition: int, region: str) -> Peer | None:
        """A peer as this partition has pinned it: what has no account is recorded in every partition."""
        state = decoded_row(self._snapshot.get(STREAMS, row_key(partition, peer_stream(region)))).state
        return state if type(state) is Peer else None

    def peers(self) -> Mapping[str, Peer]:
        """The peers that are pinned, by region, with the card that every partition knows already which knows any.

        A partition that waits keeps nobody from knowing them.
        """
        found: dict[str, Peer] = {}
        for partition in range(self._partitions):
            prefix = row_key(partition, peer_stream(""))
            for _, encoded in self._snapshot.scan(STREAMS, prefix, prefix):
                state = decoded_row(encoded).state
                if type(state) is Peer and state.sealing_number <= found.get(state.region, state).sealing_number:
                    found[state.region] = state
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
        rows = self._scan(account, key_stream(account, ""), after)
        return readable(self._standing, (row.state for row in rows if type(row.state) is Key))

    def aliases(self, account: str, after: str) -> Iterator[Alias]:
        return aliases_in(self, account, after)

    def own_aliases(self, account: str, after: str) -> Iterator[Alias]:
        """As `aliases`, those alone that the region has by itself."""
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
        state = self._row_of(key_store_stream(account, key_store_id)).state
        return state if type(state) is KeyStore else None

    def key_stores(self, account: str, after: str) -> Iterator[KeyStore]:
        for row in self._scan(account, key_store_stream(account, ""), after):
            if type(row.state) is KeyStore:
                yield row.state

    def keys_in_store(self, account: str, key_store_id: str, external_key_id: str | None = None) -> Iterator[Key]:
        index = f"in-key-store/{account}/{key_store_id}/" + (f"{external_key_id}/" if external_key_id else "")
        for place in self.indexed(account, index, ""):
            key = self.key(account, place.rpartition("/")[2])
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
        return aliases_of_key(self, account, key_id, after)

    def grant(self, account: str, key_id: str, grant_id: str) -> Grant | None:
        return grant_in(self, account, key_id, grant_id)

    def grant_ids(self, account: str, key_id: str, after: str) -> Iterator[str]:
        return grant_ids_of(self, account, key_id, after)

    def grants(self, account: str, key_id: str, after: str) -> Iterator[Grant]:
        return grants_of(self, account, key_id, after)

    def own_grants(self, account: str, key_id: str) -> Iterator[Grant]:
        return own_grants_of(self, account, key_id)

    def grants_to(self, account: str, key_id: str, grantee: str, after: str) -> Iterator[Grant]:
        return grants_to(self, account, key_id, grantee, after)

    def retirable_grants(self, principal: str, after: str) -> Iterator[Grant]:
        return retirable_grants_in(self, principal, after)

    def indexed_everywhere(self, index: str, after: str) -> Iterator[str]:
        """As `indexed`, of the accounts of all partitions, each of which has the names in their order."""
        partitions = [self._built(partition_prefix(number)) for number in range(self._partitions)]
        return heapq.merge(*(self._indexed(partition, index, after) for partition in partitions))

    def _indexed(self, partition: bytes, prefix: str, after: str) -> Iterator[str]:
        """The ends of the index names that begin with `prefix`, from the first end greater than `after`."""
        whole = partition + prefix.encode()
        start = whole + after.encode() + b"\0" * bool(after)
        for name, _ in self._snapshot.scan(INDEXES, start, whole):
            yield name[len(whole) :].decode()
