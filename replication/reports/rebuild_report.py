"""What a rebuild could not bring back, as exactly as the peers can tell: read from the state of any region.

Owns the arithmetic. A lost region had said in its pulses how much it had shared, and in its checkpoints how long its
own log was. What it had shared and nobody had adopted is its tail. What of its log was neither shared nor adopted from
others was of that region alone: single-region keys, the settings, grants and aliases of replicas, and its own upkeep,
which nobody can tell from these. So that is what is lost at most.
"""

from collections.abc import Iterator
from typing import NamedTuple

from replication.state.indexes import LACKING
from replication.state.rows import Row, decode_row
from replication.state.state_store import INDEXES, STREAMS, Snapshot, row_key
from shared.identity.model import AccessKey, Account
from shared.keys.model import DISABLED, Key
from shared.rebuild.events import rebuild_stream
from shared.rebuild.model import Readmission, Rebuild


class Lost(NamedTuple):
    """Of one rebuilt region. `identity`: the one that most peers have readmitted; `readmitted`: which, in every
    partition; `dissenting`: those that have readmitted another last. `heard_at`: milliseconds, 0 for never.

    `came_back`: so many shared records; `tail`: so many shared ones that nobody had; `alone`: of its own at most.
    """

    region: str
    former: bytes
    identity: bytes
    readmitted: tuple[str, ...]
    dissenting: tuple[str, ...]
    heard_at: int
    came_back: int
    tail: int
    alone: int


class Own(NamedTuple):
    """What the rebuilt region's own state tells besides. `ended_at`: milliseconds; 0 while it goes on.

    The names are ids of keys and access keys: `disabled` ones that came back so and still are, keys that lack material,
    access keys of accounts whose home is here and whose secret is lost.
    """

    ended_at: int
    disabled: tuple[str, ...]
    lacking: tuple[str, ...]
    secretless: tuple[str, ...]


def lost_in(snapshot: Snapshot, partitions: int) -> list[Lost]:
    """Of every region that was built anew, as this state has heard of it."""
    told: dict[str, list[list[Readmission]]] = {}
    for partition in range(partitions):
        for row in _rows(snapshot, partition, "readmission/"):
            if isinstance(row.state, Readmission):
                told.setdefault(row.state.region, [[] for _ in range(partitions)])[partition].append(row.state)
    return [_lost(region, found) for region, found in sorted(told.items())]


def _lost(region: str, told: list[list[Readmission]]) -> Lost:
    every = [one for found in told for one in found]
    believers: dict[bytes, set[str]] = {}
    for one in every:
        believers.setdefault(one.identity, set()).add(one.peer_region)
    word = max(every, key=lambda one: (len(believers[one.identity]), one.readmitted_at))
    heard = [[one for one in found if one.identity == word.identity] for found in told]
    everywhere = set.intersection(*({one.peer_region for one in found} for found in heard))
    came_back = [max((one.adopted for one in found), default=0) for found in heard]
    said = [max((one.said for one in found), default=0) for found in heard]
    return Lost(
        region,
        word.former,
        word.identity,
        tuple(sorted(everywhere)),
        tuple(sorted({one.peer_region for one in every if one.identity != word.identity})),
        max(one.heard_at for found in heard for one in found),
        sum(came_back),
        sum(max(0, there - here) for there, here in zip(said, came_back, strict=True)),
        sum(max((_alone(one) for one in found), default=0) for found in heard),
    )


def _alone(told: Readmission) -> int:
    return max(0, told.witnessed - max(told.said, told.adopted) - told.taken)


def own_rebuild(snapshot: Snapshot, region: str, partitions: int) -> Own | None:
    """None for a region that was not built anew."""
    rows = [decode_row(snapshot.get(STREAMS, row_key(n, rebuild_stream(region)))).state for n in range(partitions)]
    rebuilds = [row for row in rows if isinstance(row, Rebuild)]
    if not rebuilds:
        return None
    has_ended = len(rebuilds) == partitions and all(one.ended_at for one in rebuilds)
    return Own(
        max(one.ended_at for one in rebuilds) if has_ended else 0,
        tuple(key.key_id for key in _keys(snapshot, partitions) if key.state == DISABLED),
        tuple(_lacking(snapshot, partitions)),
        tuple(_secretless(snapshot, region, partitions)),
    )


def _keys(snapshot: Snapshot, partitions: int) -> Iterator[Key]:
    for partition in range(partitions):
        for row in _rows(snapshot, partition, "key/"):
            if isinstance(row.state, Key) and row.state.is_multi_region and row.state.held_here:
                yield row.state


def _lacking(snapshot: Snapshot, partitions: int) -> Iterator[str]:
    for partition in range(partitions):
        prefix = row_key(partition, LACKING)
        for name, _ in snapshot.scan(INDEXES, prefix, prefix):
            yield name[len(prefix) :].decode().partition("/")[2]


def _secretless(snapshot: Snapshot, region: str, partitions: int) -> Iterator[str]:
    for partition in range(partitions):
        states = [row.state for row in _rows(snapshot, partition, "account/")]
        accounts = {one.account for one in states if isinstance(one, Account) and one.home_region == region}
        for row in _rows(snapshot, partition, "access-key/"):
            if isinstance(row.state, AccessKey) and row.state.account in accounts and row.state.wrapped is None:
                yield row.state.access_key_id


def _rows(snapshot: Snapshot, partition: int, kind: str) -> Iterator[Row]:
    prefix = row_key(partition, kind)
    for _, value in snapshot.scan(STREAMS, prefix, prefix):
        yield decode_row(value)
