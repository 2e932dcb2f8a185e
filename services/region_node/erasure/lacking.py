"""Materials that a region lacks: it asks for them, and a region that has them seals them to it again.

Owns both halves. A region lacks what was sealed to a sealing key that it does not hold (any more, or yet): the change
of a key was missed, or a volume was lost. It asks in its shared log, for keys that it holds alone. Whoever answers
looks into its own state whether the region is one of the key's, and seals to the card that is pinned now. What nobody
can give is asked for ever more rarely; a node that starts again begins anew.
"""

import asyncio
import logging
from collections.abc import Coroutine, Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from replication.state.indexes import LACKING
from replication.state.rows import decode_row
from replication.state.state_store import INDEXES, STREAMS, Snapshot, row_key
from services.region_node.changes.recording import Place, row_of
from services.region_node.keys.vault import RegionVault
from shared.erasure.asking import asks_again_after, awaits_answer, next_request
from shared.erasure.events import SecretRequestAnswered, SecretSealed
from shared.erasure.model import SecretRequest
from shared.errors import KeytideError
from shared.events import Event, MaterialBorn
from shared.identifiers import key_stream, secret_request_stream
from shared.keys.model import Key

log = logging.getLogger(__name__)

ROUND_MOST = 1_000
"""So many keys of a partition in one round."""
AT_ONCE = 50


class _Asked(NamedTuple):
    """How often, and when the last time, in milliseconds."""

    times: int
    at: int


class LackingCare:
    """Of one node. `lacking`: the keys of which something was lacking in the last round."""

    def __init__(self, place: Place, vault: RegionVault) -> None:
        self._place, self._vault = place, vault
        self._asked: dict[str, _Asked] = {}
        self.lacking: frozenset[str] = frozenset()

    async def run(self) -> None:
        """One round over all partitions."""
        self._look()
        for partition in range(self._place.partitions):
            with self._place.store.read() as snapshot:
                questions = list(islice(self._questions(snapshot, partition), ROUND_MOST))
                requests = list(islice(self._answerable(snapshot, partition), ROUND_MOST))
            await _some_at_once(self._ask(partition, *question) for question in questions)
            await _some_at_once(self._answer(partition, request) for request in requests)

    def _look(self) -> None:
        """What is lacking at all. What is not any more is forgotten: lacking again, it is asked for at once."""
        with self._place.store.read() as snapshot:
            names = [name for partition in range(self._place.partitions) for name in _lacking_in(snapshot, partition)]
        self.lacking = frozenset(key_stream(*name) for name in names)
        self._asked = {stream: asked for stream, asked in self._asked.items() if stream in self.lacking}

    def _questions(self, snapshot: Snapshot, partition: int) -> Iterator[tuple[Key, SecretRequest | None]]:
        """The keys of which something is lacking, and that nobody has been asked for lately; what was asked last."""
        for account, key_id in _lacking_in(snapshot, partition):
            row = row_of(snapshot, partition, key_stream(account, key_id))
            asked = row_of(snapshot, partition, secret_request_stream(account, key_id, self._place.region)).state
            before = asked if isinstance(asked, SecretRequest) else None
            waits = before is not None and awaits_answer(before, self._place.now())
            is_due = not waits and self._is_due(key_stream(account, key_id))
            if isinstance(row.state, Key) and row.state.is_multi_region and not row.frozen and is_due:
                yield row.state, before

    def _is_due(self, stream: str) -> bool:
        asked = self._asked.get(stream)
        return asked is None or self._place.now() - asked.at >= asks_again_after(asked.times - 1)

    async def _ask(self, partition: int, key: Key, before: SecretRequest | None) -> None:
        stream = key_stream(key.account, key.key_id)
        times = self._asked[stream].times if stream in self._asked else 0
        self._asked[stream] = _Asked(times + 1, self._place.now())
        await self._place.record(partition, [next_request(key, self._place.region, before)], shared=True)

    def _answerable(self, snapshot: Snapshot, partition: int) -> Iterator[SecretRequest]:
        """What other regions have asked for, where this one is to answer."""
        prefix = row_key(partition, "secret-request/")
        for _, value in snapshot.scan(STREAMS, prefix, prefix):
            row = decode_row(value)
            request = row.state
            if not isinstance(request, SecretRequest) or row.frozen or request.region == self._place.region:
                continue
            key = row_of(snapshot, partition, key_stream(request.account, request.key_id))
            if isinstance(key.state, Key) and not key.frozen and self._may_answer(key.state, request):
                yield request

    def _may_answer(self, key: Key, request: SecretRequest) -> bool:
        """The primary answers; any replica answers the primary itself, and whom the primary has answered in vain."""
        members = (key.primary_region, *key.replica_regions)
        both = request.region in members and self._place.region in members and key.held_here
        is_asked = key.primary_region in (self._place.region, request.region, *request.in_vain)
        return both and is_asked and self._place.region not in request.in_vain

    async def _answer(self, partition: int, request: SecretRequest) -> None:
        """On the revisions that the key is read at: a region whose replica goes meanwhile is sealed nothing."""
        names = (
            key_stream(request.account, request.key_id),
            secret_request_stream(request.account, request.key_id, request.region),
        )
        with self._place.store.read() as snapshot:
            rows = {name: row_of(snapshot, partition, name) for name in names}
        key = rows[names[0]].state
        if not isinstance(key, Key) or not self._may_answer(key, request):
            return
        try:
            materials = tuple(self._sealed(key, request))
        except KeytideError as fault:
            log.error("what a region lacks cannot be sealed to it", extra={"key": names[0], "reason": fault.message})
            return
        answered = SecretRequestAnswered(request.account, request.key_id, request.region)
        events: list[Event] = [SecretSealed(request.account, request.key_id, request.region, materials), answered]
        revisions = {name: row.revision for name, row in rows.items()}
        await self._place.record_on(partition, events, revisions, shared=True)

    def _sealed(self, key: Key, request: SecretRequest) -> Iterator[MaterialBorn]:
        """Errors: KeytideError where one does not open here, or the region is no peer.

        Who answers in the primary's place is believed as far as the ids commit.
        """
        leads = key.primary_region in (self._place.region, request.region)
        for material in key.materials:
            is_wanted = material.material_id in request.material_ids and (leads or material.id_commits)
            if is_wanted and material.wrapped is not None:
                secret = self._vault.open_material(key, material)
                names = (key.account, key.key_id, material.material_id)
                sealed = {request.region: self._vault.seal_material(request.region, *names, secret)}
                yield MaterialBorn(material.material_id, material.born_key_id, material.created_at, None, sealed)


def _lacking_in(snapshot: Snapshot, partition: int) -> Iterator[tuple[str, str]]:
    """Accounts and ids of the keys of which something is lacking."""
    prefix = row_key(partition, LACKING)
    for name, _ in snapshot.scan(INDEXES, prefix, prefix):
        account, key_id = name[len(prefix) :].decode().split("/")
        yield account, key_id


async def _some_at_once(work: Iterable[Coroutine[Any, Any, None]]) -> None:
    waiting = list(work)
    for begin in range(0, len(waiting), AT_ONCE):
        await asyncio.gather(*waiting[begin : begin + AT_ONCE])
