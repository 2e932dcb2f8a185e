"""Records that a node writes by itself, without an account: steps that the next round finds undone are tried again.

Owns the draft of such a record: its streams at the revisions that they are read at, and what of it is shared.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, Protocol

from replication.records.body import encode_change, encode_shared
from replication.state.partition_head import PartitionHead
from replication.state.rows import Row, decode_row
from replication.state.state_store import PARTITIONS, STREAMS, Snapshot, StateStore, partition_prefix, row_key
from replication.writing.draft import Answer, Draft, domain_of, settled
from shared.erasure.events import SecretRewrapped
from shared.events import Event, stream_of

log = logging.getLogger(__name__)

Submit = Callable[[Draft], Awaitable[Answer]]


class Writer(Protocol):
    """Who writes to the region's log."""

    async def submit(self, draft: Draft) -> Answer: ...

    def writes(self) -> bool:
        """Whether it may."""


class Place(NamedTuple):
    """Where a node works: its region's state, and its log. `now` gives integer milliseconds."""

    region: str
    node: str
    partitions: int
    store: StateStore
    submit: Submit
    now: Callable[[], int]

    def head(self, partition: int) -> PartitionHead:
        """As it stands in the state."""
        with self.store.read() as snapshot:
            return PartitionHead.decode(snapshot.get(PARTITIONS, partition_prefix(partition)))

    async def record(self, partition: int, events: Sequence[Event], *, shared: bool = False) -> bool:
        """Whether it took effect. `shared`: the peers get the same."""
        return settled((await self.answer(partition, events, shared=shared)).verdict)

    async def answer(self, partition: int, events: Sequence[Event], *, shared: bool = False) -> Answer:
        """The same, for who tells a person why it did not."""
        with self.store.read() as snapshot:
            streams = {stream: row_of(snapshot, partition, stream).revision for stream in map(stream_of, events)}
        return await self._answer_on(partition, events, streams, shared=shared)

    async def record_on(
        self, partition: int, events: Sequence[Event], revisions: dict[str, int], *, shared: bool = False
    ) -> bool:
        """As `record`, on `revisions` that were read before, with what the events were made from."""
        return settled((await self._answer_on(partition, events, revisions, shared=shared)).verdict)

    async def _answer_on(
        self, partition: int, events: Sequence[Event], revisions: dict[str, int], *, shared: bool
    ) -> Answer:
        wrapped = [one for event in events if isinstance(event, SecretRewrapped) for one in event.rewrapped.values()]
        draft = Draft(
            partition,
            None,
            tuple(revisions.items()),
            domain=domain_of(wrapped),
            shared=encode_shared(events) if shared else None,
            body=encode_change("", events),
        )
        answer = await self.submit(draft)
        if not settled(answer.verdict):
            told = {"partition": partition, "verdict": answer.verdict, "events": len(events)}
            log.info("a step has not taken effect; it is tried again", extra=told)
        return answer


def row_of(snapshot: Snapshot, partition: int, stream: str) -> Row:
    return decode_row(snapshot.get(STREAMS, row_key(partition, stream)))
