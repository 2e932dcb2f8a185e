"""Whatever goes wrong while a record is sent, the log alone can tell whether it has it: every failure is unknown."""

import asyncio
import ssl
from contextlib import suppress
from types import SimpleNamespace
from typing import Any, ClassVar

import aiokafka.errors
import pytest
from aiokafka.errors import KafkaError, for_code, kafka_errors

from replication.kafka.append import KafkaAppender
from replication.kafka.figures import KafkaFigures
from replication.log.event_log import AppendUnknown

DEADLINE_SECONDS = 0.2
PATIENT_SECONDS = 30.0
"""For what fails at once: a busy machine must not make a missed deadline of it."""


class ScriptedProducer:
    """Does what the next fault says, at the place where it says; without one it acknowledges."""

    faults: ClassVar[list[tuple[str, BaseException]]] = []
    made: ClassVar[list["ScriptedProducer"]] = []

    def __init__(self, **_settings: Any) -> None:
        self.offset = 100 * len(self.made)
        self.is_stopped = False
        self.made.append(self)
        self._sender = SimpleNamespace(close=self._nothing)
        self._message_accumulator = SimpleNamespace(_batches={}, _pending_batches=set())

    async def start(self) -> None:
        self._fail("start")

    async def send(self, _topic: str, _record: bytes, partition: int) -> asyncio.Future[Any]:
        self._fail("send")
        acknowledgement: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        try:
            self._fail("acknowledgement")
        except BaseException as error:
            acknowledgement.set_exception(error)
        else:
            self.offset += 1
            acknowledgement.set_result(SimpleNamespace(offset=self.offset))
        return acknowledgement

    async def flush(self) -> None: ...

    async def stop(self) -> None:
        self.is_stopped = True

    async def _nothing(self) -> None: ...

    def _fail(self, place: str) -> None:
        if self.faults and self.faults[0][0] == place:
            raise self.faults.pop()[1]


@pytest.fixture
def appender() -> KafkaAppender:
    ScriptedProducer.faults, ScriptedProducer.made = [], []
    return appending(DEADLINE_SECONDS)


def appending(deadline_seconds: float) -> KafkaAppender:
    return KafkaAppender("topic", "k:9092", {}, deadline_seconds, KafkaFigures(lambda: 7.0), ScriptedProducer)


def _made(kind: type[BaseException]) -> BaseException:
    return kind("injected")


OF_THE_PROTOCOL = [for_code(code)("injected") for code in sorted(kafka_errors) if code != 0]
OF_THE_CLIENT = [
    _made(kind)
    for kind in vars(aiokafka.errors).values()
    if isinstance(kind, type)
    and issubclass(kind, KafkaError)
    and not issubclass(kind, aiokafka.errors.BrokerResponseError)
]
OTHERS = [
    TimeoutError(),
    OSError("injected"),
    ssl.SSLError("injected"),
    ConnectionResetError(),
    AssertionError("Unrecognized partition"),
    ValueError("injected"),
    RuntimeError("injected"),
]


@pytest.mark.parametrize("place", ["start", "send", "acknowledgement"])
@pytest.mark.parametrize("error", [*OF_THE_PROTOCOL, *OF_THE_CLIENT, *OTHERS], ids=lambda error: type(error).__name__)
async def test_every_failure_is_unknown_and_the_next_append_begins_anew(place: str, error: BaseException) -> None:
    ScriptedProducer.faults, ScriptedProducer.made = [(place, error)], []
    appender = appending(PATIENT_SECONDS)
    with pytest.raises(AppendUnknown, match="topic/0: no acknowledgement"):
        await appender.append(0, [b"one", b"two"])
    await appender.append(0, [b"one", b"two"])
    failed, following = ScriptedProducer.made
    assert (failed.is_stopped, following.is_stopped) == (True, False)
    told = appender._figures.told()
    assert (told["unknown_appends"], told["last_append_timestamp_seconds"]) == (1.0, 7.0)
    await appender.close()


async def test_an_acknowledgement_that_never_comes_is_unknown_at_the_deadline(
    appender: KafkaAppender, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(*_sent: Any, **_options: Any) -> asyncio.Future[Any]:
        return asyncio.get_running_loop().create_future()

    monkeypatch.setattr(ScriptedProducer, "send", silent)
    began = asyncio.get_running_loop().time()
    with pytest.raises(AppendUnknown, match="it does not answer in time"):
        await appender.append(0, [b"record"])
    assert asyncio.get_running_loop().time() - began < DEADLINE_SECONDS + 1
    with suppress(AppendUnknown):
        await appender.close()


async def test_an_acknowledgement_below_an_earlier_one_is_unknown(appender: KafkaAppender) -> None:
    """So a topic answers that was made anew behind the producer's back."""
    await appender.append(0, [b"one", b"two"])
    producer = ScriptedProducer.made[0]
    producer.offset = 0
    for _ in range(3):  # nor is it written to until offsets of that height are reached again
        with pytest.raises(AppendUnknown, match="acknowledged at 1, which was taken: the topic has been replaced"):
            await appender.append(0, [b"three"])
    assert producer.offset == 1
    assert appender._figures.unknown_appends == 1
