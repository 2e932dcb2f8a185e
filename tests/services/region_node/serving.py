"""One region in this process, from the signed request to the log and back: no server, but everything behind it.

Owns a replicator over an embedded log, a pipeline over its state, an administrator, and signed requests to it.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from inspect import isawaitable
from typing import Any, NamedTuple

from replication.state.digest import partition_digest
from services.clock import now_milliseconds
from services.region_node.decisions.noting import UNRECORDED
from services.region_node.operator.administration import Administrator
from services.region_node.replicator.client import ToldStatus
from services.region_node.requests.arrived import Answered, Answering, Arrived
from services.region_node.requests.pipeline import Pipeline
from services.region_node.settings.settings import NodeSettings
from services.region_node.worker.assembling import assemble_region
from services.region_node.worker.key_uses import KeyUses
from services.region_node.worker.threads import WorkThreads
from services.region_node.worker.usage_store import UsageStore
from services.region_node.worker.worker_figures import WorkerFigures
from services.region_node.worker.worker_parts import worker_parts
from shared.crypto import entropy
from tests.services.region_node.kept_entries import KeptEntries
from tests.services.region_node.running_replicator import REGIONS, RunningRegion, regions
from tests.services.region_node.wire.signed_requests import sign

HOME = REGIONS[0]
PATIENCE_SECONDS = 20.0
"""For one answer. The slowest work, the search for the primes of an RSA key, takes seconds on a busy machine."""


class Regions(NamedTuple):
    """The region that serves, and its peers: not started yet."""

    home: RunningRegion
    peers: Sequence[RunningRegion] = ()


class Serving:
    """A running region and its administrator's requests. Everything runs in the runner's loop."""

    def __init__(
        self,
        runner: asyncio.Runner,
        made: AbstractAsyncContextManager[Regions],
        administrator: Administrator | None = None,
    ) -> None:
        self._runner = runner
        self._stack = AsyncExitStack()
        runner.run(self._start(made, administrator))

    async def _start(self, made: AbstractAsyncContextManager[Regions], administrator: Administrator | None) -> None:
        self._region, self._peers = await self._stack.enter_async_context(made)
        for each in (self._region, *self._peers):
            each.start()
        for each in (self._region, *self._peers):
            await each.ready()
        replicator = self._region.replicator
        self._administrator = administrator or await replicator._administration.create_administrator()
        threads = WorkThreads()
        self._stack.callback(threads.close)
        settings = self._region.settings
        self._uses = KeyUses(UsageStore(settings.usage_directory, now_milliseconds))
        worker = worker_parts(settings, 1, UNRECORDED)
        self._stack.callback(worker.close)
        self._stack.push_async_callback(worker.replicator.close)
        region = assemble_region(
            settings,
            self._region.keys,
            replicator._store,
            worker.replicator,
            threads,
            self._uses,
            worker.decisions,
            self._region.started_as,
            parts=worker.parts,
        )
        self._stack.callback(region.key_stores.close)
        self._now = region.now
        self.kept = KeptEntries()
        self.figures = WorkerFigures(worker.counts, region, threads, worker.trace_samples)
        self._answering = worker.around(Pipeline(region, worker.counts, self.kept.audited()).answer)

    def another(self) -> Administrator:
        """Of a new account."""
        administration = self._region.replicator._administration
        return self._runner.run(administration.administrator_of(entropy.account_id()))

    @property
    def region(self) -> RunningRegion:
        return self._region

    @property
    def peers(self) -> Sequence[RunningRegion]:
        return self._peers

    def status(self) -> ToldStatus:
        """As a worker hears it over the replicator's socket."""
        return self._runner.run(self._region.client.status())

    @property
    def administrator(self) -> Administrator:
        return self._administrator

    def stop(self) -> None:
        """Serve no more, and leave the region's directory at rest; it is there until `close`."""

        async def stop() -> None:
            for each in (self._region, *self._peers):
                await each.stop()

        self._runner.run(stop())

    def close(self) -> None:
        self._runner.run(self._stack.aclose())

    def sequences(self) -> list[int]:
        """How many records each partition's fold has numbered."""
        materializer = self._region.replicator._materializer
        return [materializer.head(number).head.sequence for number in range(self._region.settings.partitions)]

    def noted_uses(self) -> Mapping[str, Any]:
        """The last use of every key that was used since the start, by its ARN."""
        return dict(self._uses._noted)

    def digests(self) -> list[bytes]:
        """Of every partition's state."""
        with self._region.replicator._store.read() as snapshot:
            return [partition_digest(snapshot, number) for number in range(self._region.settings.partitions)]

    def request(
        self, operation: str, body: bytes, *, caller: Administrator | None = None, invocation_id: str = ""
    ) -> Arrived:
        """A signed request. A request and its retries have one `invocation_id`."""
        headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"TrentService.{operation}"}
        if invocation_id:
            headers["amz-sdk-invocation-id"] = invocation_id
        caller = caller or self._administrator
        sent = sign(
            body,
            headers=headers,
            region=HOME,
            access_key_id=caller.access_key_id,
            secret=caller.secret.reveal().decode(),
            at=self._now(),
        )
        return Arrived(*sent, source="127.0.0.1")

    def send(
        self, operation: str, body: bytes, *, caller: Administrator | None = None, invocation_id: str = ""
    ) -> tuple[int, bytes]:
        """Status and body of the answer to a `request`."""
        arrived = self.request(operation, body, caller=caller, invocation_id=invocation_id)
        answered = self._runner.run(self._answer(arrived))
        return answered.status, answered.body

    async def _answer(self, arrived: Arrived) -> Answered:
        async with asyncio.timeout(PATIENCE_SECONDS):
            answering = self.answer(arrived)
            return await answering if isawaitable(answering) else answering

    def answer(self, arrived: Arrived) -> Answering:
        """In the runner's loop."""
        return self._answering(arrived)

    def ask(self, operation: str, *, caller: Administrator | None = None, **parameters: Any) -> Any:
        """The answer's document. Raises AssertionError for a refusal."""
        status, body = self.send(operation, json.dumps(parameters).encode(), caller=caller)
        assert status == 200, (status, body)
        return json.loads(body) if body else None

    def create_key(self, **parameters: Any) -> str:
        return str(self.ask("CreateKey", **parameters)["KeyMetadata"]["KeyId"])


def serving(
    runner: asyncio.Runner, *peers: str, change: Callable[[NodeSettings], NodeSettings] = lambda settings: settings
) -> Serving:
    """A region that serves, in `runner`'s loop, and its peers; `close` it before the runner ends.

    `change` makes the region's settings from those that it would have.
    """

    @asynccontextmanager
    async def made() -> AsyncIterator[Regions]:
        async with regions(HOME, *peers) as running:
            running[HOME].settings = change(running[HOME].settings)
            yield Regions(running[HOME], [running[peer] for peer in peers])

    return Serving(runner, made())
