"""Appending to a Kafka topic: idempotent, acknowledged by every in-sync replica, within a deadline of our own.

Owns the producer and its fencing. An idempotent producer never gives up: when the deadline passes it is taken apart,
so that it does not go on writing behind our back, and the next append gets a new one. What it had already sent may
still be written: that is what `AppendUnknown` says.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from replication.kafka.diagnosis import diagnosis
from replication.kafka.figures import KafkaFigures
from replication.kafka.settings import BATCH_BYTES
from replication.log.event_log import AppendUnknown

BATCH_TARGET_BYTES: Final = 512 * 1024
UNKNOWN_OFFSET: Final = -1
FENCE_SECONDS: Final = 1.0


class KafkaAppender:
    """Appends to one topic. Appends to one partition are queued whole, one after the other."""

    def __init__(
        self,
        topic: str,
        bootstrap: str,
        security: Mapping[str, Any],
        deadline_seconds: float,
        figures: KafkaFigures,
        producer: type[Any] = AIOKafkaProducer,
    ) -> None:
        self._topic, self._figures, self._producer = topic, figures, producer
        self._deadline_seconds = deadline_seconds
        self._settings = {
            "bootstrap_servers": bootstrap,
            "acks": "all",
            "enable_idempotence": True,
            "linger_ms": 0,
            "max_batch_size": BATCH_TARGET_BYTES,
            "max_request_size": BATCH_BYTES,
            "request_timeout_ms": int(deadline_seconds * 1000),
            **security,
        }
        self._started: asyncio.Task[AIOKafkaProducer] | None = None
        self._queueing: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._acknowledged: dict[int, int] = {}
        self._closed = False
        self._replaced = ""
        """Why nothing is written any more: repeated, it would fill a topic that is not the log."""

    async def append(self, partition: int, records: Sequence[bytes]) -> None:
        """Errors: AppendUnknown."""
        if self._replaced:
            raise AppendUnknown(self._replaced)
        place = f"{self._topic}/{partition}"
        producer: AIOKafkaProducer | None = None
        taken = self._acknowledged.get(partition, UNKNOWN_OFFSET)
        try:
            async with asyncio.timeout(self._deadline_seconds):
                producer = await self._running()
                last = await self._send(producer, partition, records)
        except Exception as error:  # whatever it is: only the log can tell what of the records it has
            self._figures.unknown_appends += 1
            await self._fence(producer)
            raise AppendUnknown(f"{place}: no acknowledgement: {diagnosis(error).sentence}") from error
        if UNKNOWN_OFFSET < last <= taken:
            self._figures.unknown_appends += 1
            self._replaced = f"{place}: acknowledged at {last}, which was taken: the topic has been replaced"
            raise AppendUnknown(self._replaced)
        self._acknowledged[partition] = max(last, self._acknowledged.get(partition, UNKNOWN_OFFSET))
        self._figures.appended()

    async def close(self) -> None:
        """Write what is under way, within the deadline."""
        self._closed = True
        started, self._started = self._started, None
        if started is None:
            return
        with suppress(Exception):
            async with asyncio.timeout(self._deadline_seconds):
                producer = await asyncio.shield(started)
                await producer.flush()
        started.cancel()  # one that starts for longer than that takes itself apart
        await asyncio.wait((started,))
        if not _has_failed(started):
            await _take_apart(started.result())

    async def _send(self, producer: AIOKafkaProducer, partition: int, records: Sequence[bytes]) -> int:
        async with self._queueing[partition]:
            sent = [await producer.send(self._topic, record, partition=partition) for record in records]
        acknowledgements = await asyncio.gather(*sent)
        last: int = acknowledgements[-1].offset
        return last

    async def _running(self) -> AIOKafkaProducer:
        """Started once for all appends: one that is cancelled must not cancel it.

        aiokafka (0.14) leaves the connection open over which it was asking when its start was cancelled.
        """
        if self._closed:
            raise KafkaError("the log is closed")
        if self._started is None or _has_failed(self._started):
            self._started = asyncio.create_task(self._start())
            self._started.add_done_callback(_has_failed)
        return await asyncio.shield(self._started)

    async def _start(self) -> AIOKafkaProducer:
        producer: AIOKafkaProducer = self._producer(**self._settings)
        try:
            await producer.start()
        except BaseException:
            await _take_apart(producer)
            raise
        return producer

    async def _fence(self, producer: AIOKafkaProducer | None) -> None:
        """Whoever comes first takes the producer apart, and the next append starts another."""
        started = self._started
        if producer is None or started is None or not started.done() or _has_failed(started):
            return
        if started.result() is producer:
            self._started = None
            await _take_apart(producer)


def _has_failed(started: asyncio.Task[AIOKafkaProducer]) -> bool:
    """Whether the start has ended without a producer. A failure that everybody has stopped waiting for is no news."""
    return started.done() and (started.cancelled() or started.exception() is not None)


async def _take_apart(producer: AIOKafkaProducer) -> None:
    """End the producer without letting it write on.

    `stop` alone first tries to write everything, for ever, and when cancelled leaves its sending task running
    (aiokafka 0.14). So the task goes first, then what it has not sent, then there is nothing left to flush. Other
    appends that wait for this producer end at their own deadlines.
    """
    with suppress(Exception):
        async with asyncio.timeout(FENCE_SECONDS):
            await producer._sender.close()
    producer._message_accumulator._batches.clear()
    producer._message_accumulator._pending_batches.clear()
    with suppress(Exception):
        async with asyncio.timeout(FENCE_SECONDS):
            await producer.stop()
