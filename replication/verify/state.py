"""The comparison of a state with what the checker's own fold gives.

Owns which rows a partition must hold, byte for byte, and how a difference is named for people.
"""

from collections.abc import Iterator, Mapping

from replication.state.indexes import (
    alias_index,
    claimed_index,
    due_index,
    giving_index,
    giving_material_index,
    grant_index,
    grantee_index,
    key_store_index,
    lacking_index,
    own_grant_index,
    promoted_index,
    retirable_index,
    under_way_index,
)
from replication.state.partition_head import Chain, PartitionHead
from replication.state.rows import decode_row
from replication.state.state_store import (
    ADAPTER,
    COMMANDS,
    ERASING,
    HISTORY,
    INDEXES,
    OUTBOX,
    PARTITIONS,
    STREAMS,
    Snapshot,
    partition_prefix,
    position_key,
)
from replication.verify.chain import Numbering
from replication.verify.entity_names import names_of_identity
from replication.verify.findings import Kind, Tell
from replication.verify.fold import PlainFold
from shared.aliases.model import Alias
from shared.grants.model import Grant
from shared.keys.decide_giving import to_give
from shared.keys.heirs import heir_index
from shared.keys.model import ENABLED, PENDING_DELETION, Key


class PartitionState:
    """What a snapshot holds of one partition."""

    def __init__(self, snapshot: Snapshot, partition: int) -> None:
        self._snapshot, self._prefix = snapshot, partition_prefix(partition)
        self.head = PartitionHead.decode(snapshot.get(PARTITIONS, self._prefix))
        self.position = int.from_bytes(snapshot.get(ADAPTER, position_key(partition)) or b"", "big")

    def rows(self, table: bytes) -> Iterator[tuple[bytes, bytes]]:
        """The rows of the partition; keys without the partition's prefix."""
        for key, value in self._snapshot.scan(table, self._prefix, self._prefix):
            yield key[len(self._prefix) :], value

    def outbox(self) -> dict[int, bytes]:
        return {int.from_bytes(number, "big"): signed for number, signed in self.rows(OUTBOX)}


def compare(state: PartitionState, numbering: Numbering, fold: PlainFold, tell: Tell) -> None:
    """Report every row that differs. `numbering` and `fold` stand at the state's own sequence."""
    _compare_heads(state.head, numbering, fold, tell)
    streams = {stream.encode(): row for stream, row in fold.rows.items()}
    _compare_rows(state, STREAMS, streams, "stream", tell)
    history = {
        number.to_bytes(8, "big"): past.digest + past.time.to_bytes(8, "big") + past.command_id
        for number, past in fold.history.items()
    }
    _compare_rows(state, HISTORY, history, "history at", tell)
    _compare_rows(state, COMMANDS, fold.commands, "command", tell)
    _compare_rows(state, ERASING, fold.erasing.rows, "destroyed secret", tell)
    _compare_indexes(state, fold, tell)


def _compare_heads(head: PartitionHead, numbering: Numbering, fold: PlainFold, tell: Tell) -> None:
    chains = {
        node: Chain(chain.incarnation, len(chain.hashes), chain.hashes[-1], chain.seen)
        for node, chain in numbering.chains.items()
    }
    for name, held, given in (
        ("running hash", head.head, numbering.head),
        ("chains", head.chains, chains),
        ("adopted heads", head.adopted, fold.adopted),
        ("what peers had adopted", head.known, fold.known),
        ("shared head", head.shared, fold.shared),
        ("log time", head.log_time, fold.log_time),
        ("oldest history", head.oldest, fold.oldest),
    ):
        if held != given:
            tell(Kind.HEAD, f"{name} at sequence {numbering.head.sequence}: not what the log gives")


def _compare_rows(state: PartitionState, table: bytes, given: Mapping[bytes, bytes], what: str, tell: Tell) -> None:
    found = 0
    for key, value in state.rows(table):
        if key not in given:
            tell(Kind.STATE, f"{what} {_text(key)} stands in the state, the log does not give it")
            continue
        found += 1
        if value != given[key]:
            tell(Kind.STATE, f"{what} {_text(key)} is not what the log gives")
    if found < len(given):
        held = {key for key, _ in state.rows(table)}
        for key in sorted(given.keys() - held):
            tell(Kind.STATE, f"{what} {_text(key)} is missing in the state")


def _compare_indexes(state: PartitionState, fold: PlainFold, tell: Tell) -> None:
    names: dict[bytes, bytes] = {}
    for stream, encoded in fold.rows.items():
        row = decode_row(encoded)
        if type(row.state) is Alias:
            names[alias_index(row.state.account, row.state.key_id, row.state.alias).encode()] = b""
        elif type(row.state) is Key:
            names |= dict.fromkeys(_of_key(row.state, stream, fold.region), b"")
        elif type(row.state) is Grant:
            names |= dict.fromkeys(_of_grant(row.state), b"")
        else:
            names |= dict.fromkeys(names_of_identity(row.state), b"")
    _compare_rows(state, INDEXES, names, "index", tell)


def _of_grant(grant: Grant) -> Iterator[bytes]:
    account, key_id, grant_id = grant.account, grant.key_id, grant.grant_id
    yield grant_index(account, key_id, grant_id).encode()
    if grant.key_created_at != 0 and key_id.startswith("mrk-"):
        yield own_grant_index(account, key_id, grant_id).encode()
    for grantee in (grant.grantee_principal, grant.grantee_service_principal):
        if grantee is not None:
            yield grantee_index(account, key_id, grantee, grant_id).encode()
    if grant.retiring_principal is not None:
        yield retirable_index(grant.retiring_principal, f"{account}/{key_id}/{grant_id}").encode()


def _of_key(key: Key, stream: str, region: str) -> Iterator[bytes]:
    if times := _due(key, region):
        yield due_index(min(times), stream).encode()
    if (store := key.custom_key_store_id) is not None:
        yield key_store_index(key.account, store, key.external_key_id, key.key_id).encode()
    if key.state is not None and key.origin == "AWS_KMS" and None in {one.wrapped for one in key.materials}:
        yield lacking_index(key.account, key.key_id).encode()
    for alias, _ in key.aliases:
        yield claimed_index(key.account, alias, key.key_id).encode()
    if key.primary_region is not None:
        yield from _of_family(key, region)


def _of_family(key: Key, region: str) -> Iterator[bytes]:
    """Of a key that has, or may have, other regions."""
    if len(key.chain) > 0:
        yield promoted_index(key.account, key.key_id).encode()
        if to_give(key, region):
            yield giving_material_index(key.account, key.key_id).encode()
    if key.primary_region == region and "grants" in dict(key.tags).get("keytide:replicate", "").split():
        yield giving_index(key.account, key.key_id).encode()
    if key.under_way and key.primary_region == region:
        yield under_way_index(key.account, key.key_id).encode()
    others = [material.born_key_id for material in key.materials if material.born_key_id != key.key_id]
    for born_key_id in others[:1] if key.state is not None else ():
        yield heir_index(key.account, born_key_id, key.key_id).encode()


def _due(key: Key, region: str) -> list[int]:
    """Every time at which something will be due for the key here."""
    times = [material.valid_to for material in key.materials if material.valid_to is not None]
    if key.state == PENDING_DELETION and key.deletion is not None and key.deletion.due_at is not None:
        times.append(key.deletion.due_at)
    may_rotate = key.state == ENABLED and key.under_way is None and (key.primary_region or region) == region
    if key.rotation is not None and may_rotate:
        times.append(key.rotation.next_at)
    return times


def _text(key: bytes) -> str:
    """Streams and indexes are named, numbers counted, ids shown in hexadecimal digits."""
    if len(key) == 8 and key[0] == 0:
        return str(int.from_bytes(key, "big"))
    try:
        text = key.decode()
    except UnicodeDecodeError:
        return key.hex()
    return text if text.isprintable() else key.hex()
