"""The replicator's Unix socket: what the node's workers and the operator's command may ask.

Owns the answers; the questions are in `questions.py`. The socket's mode (0600) is the whole access control:
whoever may open it owns the node.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from replication.feed.frames import Service
from replication.fold.judge import Verdict
from replication.records.change_position import parse_position
from replication.writing.draft import UNAVAILABLE, Answer, Draft, MalformedDraft, decode_draft, encode_answer
from services.processes.sockets import listen_unix
from services.region_node.changes.synchronous import AwaitAdoption
from services.region_node.pulses.barriers import Reach
from services.region_node.replicator.questions import ADOPTED, BARRIER, FOLLOW, HELD, OPERATE, STATUS, SUBMIT
from shared.keys.synchronous import Synchronous

SubmitWithin = Callable[[Draft, float], Awaitable[Answer]]
"""(draft, seconds)"""
Follow = Callable[[int], Awaitable[bool]]
"""(partition): true once all is applied that its log held"""
Held = Callable[[int, int], Awaitable[bool]]
"""(partition, sequence): true once that binds every node of the region"""
GoOn = Callable[[Sequence[str]], None]
"""The task goes on in the trace that a worker has handed over."""
Operate = Callable[[Any], Awaitable[Any]]
"""The answer to an operator's question: see `answering.py`."""


class ReplicatorServer:
    """Answers on the socket; `status` is what /readyz and /metrics are made of."""

    def __init__(
        self,
        submit: SubmitWithin,
        operate: Operate,
        status: Callable[[], dict[str, Any]],
        reach: Reach,
        adoption: AwaitAdoption,
        follow: Follow,
        held: Held,
        go_on: GoOn = lambda _carried: None,
    ) -> None:
        self._follow, self._held, self._go_on = follow, held, go_on
        self._operate = operate
        self._status = status
        self._submit = submit
        self._reach = reach
        self._adoption = adoption
        self._service = Service(self._answer)
        self._server: asyncio.Server | None = None
        self._answers: dict[str, Callable[[Any], Awaitable[Any]]] = {
            SUBMIT: self._submitted,
            STATUS: self._told,
            OPERATE: self._operate,
            BARRIER: self._reached,
            ADOPTED: self._adopted,
            FOLLOW: self._follow,
            HELD: self._waited,
        }

    async def start(self, path: Path) -> None:
        self._server = await asyncio.start_unix_server(self._service.serve, sock=listen_unix(path))

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        await self._service.close()

    async def _answer(self, question: Any) -> Any:
        kind, payload = question
        return await self._answers[kind](payload)

    async def _submitted(self, payload: tuple[Any, ...]) -> bytes:
        until, encoded, *carried = payload
        seconds = until - time.monotonic()
        if seconds <= 0:
            return encode_answer(Answer(UNAVAILABLE, "the change reached the replicator too late", 0))
        if carried:
            self._go_on(carried)
        try:
            draft = decode_draft(encoded)
        except MalformedDraft as error:
            return encode_answer(Answer(str(Verdict.REJECTED), str(error), 0))
        return encode_answer(await self._submit(draft, seconds))

    async def _reached(self, payload: tuple[str, Sequence[str], float]) -> tuple[object, ...]:
        position, regions, until = payload
        return tuple(await self._reach(parse_position(position), regions, until - time.monotonic()))

    async def _adopted(self, payload: tuple[int, int, int, Sequence[str], float]) -> tuple[str, ...]:
        partition, number, many, regions, until = payload
        demand = Synchronous(many, frozenset(regions))
        return await self._adoption(partition, number, demand, until - time.monotonic())

    async def _waited(self, payload: tuple[int, int]) -> bool:
        return await self._held(*payload)

    async def _told(self, _payload: None) -> dict[str, Any]:
        return self._status()
