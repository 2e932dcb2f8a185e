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

from replication.event_log import AppendUnknown
from replication.kafka_settings import BATCH_BYTES

BATCH_TARGET_BYTES: Final = 512 * 1024
UNKNOWN_OFFSET: Final = -1
FENCE_SECONDS: Final = 1.0


class KafkaAppender:
    """Appends to one topic. Appends to one partition are queued whole, one after the other."""

    def __init__(self, topic: str, bootstrap: str, security: Mapping[str, Any], deadline_seconds: float) -> None:
        self._topic = topic
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
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()
        self._queueing: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._acknowledged: dict[int, int] = {}
        self._closed = False

    async def append(self, partition: int, records: Sequence[bytes]) -> None:
        """Errors: AppendUnknown."""
        place = f"{self._topic}/{partition}"
        producer: AIOKafkaProducer | None = None
        taken = self._acknowledged.get(partition, UNKNOWN_OFFSET)
        try:
            async with asyncio.timeout(self._deadline_seconds):
                producer = await self._running()
                last = await self._send(producer, partition, records)
        except (TimeoutError, KafkaError, OSError) as error:
            await self._fence(producer)
            raise AppendUnknown(f"{place}: no acknowledgement ({error!r})") from error
        if UNKNOWN_OFFSET < last <= taken:
            raise AppendUnknown(f"{place}: acknowledged at {last}, which was taken: the topic has been replaced")
        self._acknowledged[partition] = max(last, self._acknowledged.get(partition, UNKNOWN_OFFSET))

    async def close(self) -> None:
        """Write what is under way, within the deadline."""
        self._closed = True
        producer, self._producer = self._producer, None
        if producer is None:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(self._deadline_seconds):
                await producer.flush()
        await _take_apart(producer)

    async def _send(self, producer: AIOKafkaProducer, partition: int, records: Sequence[bytes]) -> int:
        async with self._queueing[partition]:
            sent = [await producer.send(self._topic, record, partition=partition) for record in records]
        acknowledgements = await asyncio.gather(*sent)
        last: int = acknowledgements[-1].offset
        return last

    async def _running(self) -> AIOKafkaProducer:
        async with self._starting:
            if self._closed:
                raise KafkaError("the log is closed")
            if self._producer is None:
                producer = AIOKafkaProducer(**self._settings)
                try:
                    await producer.start()
                except BaseException:
                    await _take_apart(producer)
                    raise
                self._producer = producer
            return self._producer

    async def _fence(self, producer: AIOKafkaProducer | None) -> None:
        if producer is not None and producer is self._producer:
            self._producer = None
            await _take_apart(producer)


async def _take_apart(producer: AIOKafkaProducer) -> None:
    """End the producer without letting it write on.

    `stop` alone first tries to write everything, for ever, and when cancelled leaves its sending task running
    (aiokafka 0.14). So the task goes first, then what it has not sent, then there is nothing left to flush. Other
    appends that wait for this producer end at their own deadlines.
    """
    with suppress(TimeoutError, KafkaError, OSError):
        async with asyncio.timeout(FENCE_SECONDS):
            await producer._sender.close()
    producer._message_accumulator._batches.clear()
    producer._message_accumulator._pending_batches.clear()
    with suppress(TimeoutError, KafkaError, OSError):
        async with asyncio.timeout(FENCE_SECONDS):
            await producer.stop()
