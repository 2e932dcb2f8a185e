"""One region in this process, from the signed request to the log and back: no server, but everything behind it.

Owns a replicator over an embedded log, a pipeline over its state, an administrator, and signed requests to it.
"""

import asyncio
import json
from contextlib import AsyncExitStack
from inspect import isawaitable
from typing import Any

from services.clock import now_milliseconds
from services.region_node.administration import Administrator
from services.region_node.key_uses import KeyUses
from services.region_node.metrics import RequestCounts
from services.region_node.pipeline import Answered, Arrived, Pipeline
from services.region_node.region import assemble_region
from services.region_node.threads import WorkThreads
from services.region_node.usage_store import UsageStore
from shared.crypto import entropy
from tests.services.region_node.running_replicator import REGIONS, RunningRegion, regions
from tests.services.region_node.wire.signed_requests import sign

HOME = REGIONS[0]


class Serving:
    """A running region and its administrator's requests. Everything runs in the runner's loop."""

    def __init__(self, runner: asyncio.Runner) -> None:
        self._runner = runner
        self._stack = AsyncExitStack()
        runner.run(self._start())

    async def _start(self) -> None:
        made = await self._stack.enter_async_context(regions(HOME))
        self._region = made[HOME]
        self._region.start()
        await self._region.ready()
        replicator = self._region.replicator
        self._administrator = await replicator._administration.create_administrator()
        threads = WorkThreads()
        self._stack.callback(threads.close)
        settings = self._region.settings
        uses = KeyUses(UsageStore(settings.usage_directory, now_milliseconds))
        region = assemble_region(settings, self._region.keys, replicator._store, self._region.client, threads, uses)
        self._now = region.now
        self._pipeline = Pipeline(region, RequestCounts())

    def another(self) -> Administrator:
        """Of a new account."""
        administration = self._region.replicator._administration
        return self._runner.run(administration.administrator_of(entropy.account_id()))

    @property
    def region(self) -> RunningRegion:
        return self._region

    def close(self) -> None:
        self._runner.run(self._stack.aclose())

    def sequences(self) -> list[int]:
        """How many records each partition's fold has numbered."""
        materializer = self._region.replicator._materializer
        return [materializer.head(number).head.sequence for number in range(self._region.settings.partitions)]

    def send(
        self, operation: str, body: bytes, *, caller: Administrator | None = None, invocation_id: str = ""
    ) -> tuple[int, bytes]:
        """Status and body of the answer to a signed request. A request and its retries have one `invocation_id`."""
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
        answered = self._runner.run(self._answer(Arrived(*sent, source="127.0.0.1")))
        return answered.status, answered.body

    async def _answer(self, arrived: Arrived) -> Answered:
        answering = self._pipeline.answer(arrived)
        return await answering if isawaitable(answering) else answering

    def ask(self, operation: str, *, caller: Administrator | None = None, **parameters: Any) -> Any:
        """The answer's document. Raises AssertionError for a refusal."""
        status, body = self.send(operation, json.dumps(parameters).encode(), caller=caller)
        assert status == 200, (status, body)
        return json.loads(body) if body else None

    def create_key(self, **parameters: Any) -> str:
        return str(self.ask("CreateKey", **parameters)["KeyMetadata"]["KeyId"])


def serving(runner: asyncio.Runner) -> Serving:
    """A region that serves, in `runner`'s loop; `close` it before the runner ends."""
    return Serving(runner)
