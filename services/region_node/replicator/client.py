"""The way from a worker to its node's replicator: one Unix socket, many questions at once.

Owns what a failure of a question means; the frames are `replication.feed.frames`'. A connection is made when it is
needed and made again when it was lost.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from replication.feed.frames import Dialogue
from replication.records.change_position import ChangePosition
from replication.writing.draft import UNKNOWN, Answer, Draft, decode_answer, encode_draft
from services.region_node.pulses.barriers import Reached
from services.region_node.replicator.questions import (
    ADOPTED,
    BARRIER,
    FOLLOW,
    HEADWAY_SECONDS,
    HELD,
    STATUS,
    SUBMIT,
    SUBMIT_SECONDS,
)
from shared.errors import DependencyTimeout
from shared.keys.synchronous import Synchronous
from shared.peer_errors import NotAdoptedYet

CONNECT_SECONDS = 2.0
STATUS_SECONDS = 1.0
"""For the answer to a status question: less than anybody waits who asks a worker whether it is ready."""
BETWEEN_CONNECTS_SECONDS = 0.05

_UNKNOWN_ANSWER = Answer(UNKNOWN, "", 0)


class ToldStatus(NamedTuple):
    """What the replicator says of itself. `reason` tells why it is not ready, or ""; `troubles`, by place, what hinders
    a log at the moment.
    """

    ready: bool
    reason: str
    troubles: Mapping[str, str]
    counters: Mapping[str, int]
    """Alarms, as `alarms_<kind>`."""
    gauges: Mapping[str, float]
    peers: Mapping[str, Mapping[str, float]] = {}
    kafka: Mapping[str, Any] = {}
    """As `KafkaWatch.told`."""
    figures: Sequence[tuple[str, Sequence[str], float | Sequence[float]]] = ()
    """Samples of `services/metrics`, as they come over the socket."""


class ReplicatorClient:
    """`deadline` is how long an answer may take, in seconds; `connect_seconds`, how long a restart may."""

    def __init__(self, path: Path, deadline: float = SUBMIT_SECONDS, connect_seconds: float = CONNECT_SECONDS) -> None:
        self._deadline = deadline
        self._connect_seconds = connect_seconds
        self._changes = Dialogue(lambda: asyncio.open_unix_connection(str(path)))
        # Connections of their own: changes that wait for the log, and barriers, keep nobody from asking why.
        self._questions = Dialogue(lambda: asyncio.open_unix_connection(str(path)))
        self._barriers = Dialogue(lambda: asyncio.open_unix_connection(str(path)))

    async def submit(self, draft: Draft) -> Answer:
        """Hand over a decided record. The answer UNKNOWN also stands for a lost connection and a passed deadline.

        Errors: DependencyTimeout where the replicator cannot be reached: then nothing was sent.
        """
        try:
            answer: bytes = await self._handed_over_in_a_restart(encode_draft(draft))
        except OSError:  # a TimeoutError is one
            return _UNKNOWN_ANSWER
        return decode_answer(answer)

    async def status(self) -> ToldStatus:
        """Errors: DependencyTimeout where the replicator cannot be reached or does not answer in time."""
        try:
            told: dict[str, Any] = await self._questions.ask((STATUS, None), STATUS_SECONDS)
        except OSError:
            raise DependencyTimeout("The region's replicator does not answer.") from None
        return ToldStatus(*(told[name] for name in ToldStatus._fields))

    async def reach(self, position: ChangePosition, regions: Sequence[str], seconds: float) -> Reached:
        """Errors: DependencyTimeout where the replicator cannot be reached or does not answer in time."""
        question = (BARRIER, (str(position), tuple(regions), time.monotonic() + seconds))
        try:
            return Reached(*await self._barriers.ask(question, seconds + HEADWAY_SECONDS + STATUS_SECONDS))
        except OSError:
            raise DependencyTimeout("The region's replicator does not answer.") from None

    async def adopted(self, partition: int, number: int, demand: Synchronous, seconds: float) -> tuple[str, ...]:
        """As `Acknowledgements.reached`. Errors: NotAdoptedYet where the replicator does not answer."""
        question = (ADOPTED, (partition, number, demand.many, tuple(demand.regions), time.monotonic() + seconds))
        try:
            return tuple(await self._barriers.ask(question, seconds + HEADWAY_SECONDS + STATUS_SECONDS))
        except OSError:
            raise NotAdoptedYet("The change is durable; whether others have adopted it is not known.") from None

    async def follow(self, partition: int) -> None:
        """Return once all is applied that the log held when this was called. Errors: as `held`."""
        await self._waited((FOLLOW, partition))

    async def held(self, partition: int, sequence: int) -> None:
        """Return once what this node has applied there binds every node of the region.

        Errors: DependencyTimeout where that is not known in time.
        """
        await self._waited((HELD, (partition, sequence)))

    async def _waited(self, question: tuple[str, object]) -> None:
        try:
            done = await self._changes.ask(question, self._deadline)
        except OSError:
            done = False
        if not done:
            raise DependencyTimeout("The region's log or its other nodes could not be heard in time. Retry.")

    async def close(self) -> None:
        await self._changes.close()
        await self._questions.close()
        await self._barriers.close()

    def _carried(self) -> Sequence[str]:
        """The trace that the submission is in, where there is one: see `traced/`."""
        return ()

    async def _handed_over_in_a_restart(self, draft: bytes) -> Any:
        """Wait out a restart of the replicator, which takes some moments. Errors: DependencyTimeout, OSError."""
        clock = asyncio.get_running_loop().time
        until = clock() + self._connect_seconds
        while True:
            try:
                until_answered = time.monotonic() + self._deadline - HEADWAY_SECONDS
                return await self._changes.ask((SUBMIT, (until_answered, draft, *self._carried())), self._deadline)
            except ConnectionRefusedError:  # surely nothing was sent
                if clock() >= until:
                    raise DependencyTimeout("The region's replicator is not running: nothing was changed.") from None
            await asyncio.sleep(BETWEEN_CONNECTS_SECONDS)
