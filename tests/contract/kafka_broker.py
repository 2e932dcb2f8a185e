"""Where the tests find a real Kafka broker, and the complaint when there is none.

`KEYTIDE_TEST_KAFKA` says which: `host:port` takes a running one; `local` starts the JVM broker and fails when it
cannot; `testcontainers` starts a container; unset starts the JVM broker, and skips loudly when it cannot.
"""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from services.local_kafka.broker import Broker
from services.local_kafka.jars import MissingTool, jars
from tests.running import all_processes, wait_until

NOT_TESTED: Final[set[str]] = set()
LOCAL: Final = "local"
TESTCONTAINERS: Final = "testcontainers"


@contextmanager
def kafka_bootstrap(folder: Path) -> Iterator[str]:
    """The address of a broker that lives as long as this context."""
    wanted = os.environ.get("KEYTIDE_TEST_KAFKA", "")
    if wanted == TESTCONTAINERS:
        yield from _container()
    elif wanted in ("", LOCAL):
        with local_broker(folder) as broker:
            yield broker.bootstrap
    else:
        yield wanted


@contextmanager
def local_broker(folder: Path) -> Iterator[Broker]:
    """A JVM broker of one's own, to be killed and started again."""
    broker = Broker(folder)
    with started(broker):
        yield broker


@contextmanager
def started(*brokers: Broker) -> Iterator[None]:
    """Start them at the same time, since those of one cluster wait for each other; kill them in the end."""
    with _skipping_where_tools_lack():
        with ThreadPoolExecutor() as pool:
            list(pool.map(Broker.format, brokers))
        for step in (Broker.spawn, Broker.wait):
            for broker in brokers:
                step(broker)
    try:
        yield
    finally:
        for broker in brokers:
            broker.kill()


def require_jars() -> None:
    """For a test that has `keytide up --kafka` start the brokers."""
    with _skipping_where_tools_lack():
        jars()


@contextmanager
def _skipping_where_tools_lack() -> Iterator[None]:
    try:
        yield
    except MissingTool as error:
        if os.environ.get("KEYTIDE_TEST_KAFKA") == LOCAL:
            raise
        skip_loudly(str(error))


@contextmanager
def paused(broker: Broker) -> Iterator[None]:
    """The broker neither works nor hangs up: what a cable that is cut looks like."""
    assert broker.process is not None
    (jvm,) = [process.number for process in all_processes() if process.parent == broker.process.pid]
    os.kill(jvm, signal.SIGSTOP)
    wait_until(lambda: _stands_still(jvm), "all threads of the broker stand still")
    try:
        yield
    finally:
        os.kill(jvm, signal.SIGCONT)


def _stands_still(process: int) -> bool:
    """One thread has to hear of the signal before the others are stopped: on a busy machine they go on for a while."""
    threads = Path(f"/proc/{process}/task").iterdir()
    return all((thread / "stat").read_text().rpartition(") ")[2].startswith("T") for thread in threads)


def skip_loudly(reason: str) -> None:
    """Skip the test, and say at the end of the run what has not been tested."""
    NOT_TESTED.add(reason)
    pytest.skip(f"no Kafka: {reason}")


def _container() -> Iterator[str]:
    from tests.contract.kafka_container import ApacheKafkaContainer, docker_runs

    if not docker_runs():
        skip_loudly("testcontainers was asked for, but no Docker engine answers")
    with ApacheKafkaContainer() as container:
        yield container.get_bootstrap_server()
