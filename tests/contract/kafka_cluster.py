"""One cluster of three brokers on loopback, which goes on when one of them is killed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.local_kafka.broker import Broker, random_id
from tests.contract.kafka_broker import started

BROKERS = 3


@contextmanager
def local_cluster(folder: Path) -> Iterator[list[Broker]]:
    """Brokers that keep two copies of their own topics in sync, as a real cluster does."""
    cluster_id = random_id()
    brokers = [Broker(folder / str(number), cluster_id=cluster_id) for number in range(BROKERS)]
    voters = ",".join(
        f"{number}@127.0.0.1:{broker.controller_port}:{random_id()}" for number, broker in enumerate(brokers, start=1)
    )
    controllers = ",".join(f"127.0.0.1:{broker.controller_port}" for broker in brokers)
    for number, broker in enumerate(brokers, start=1):
        broker.formatting = ("--initial-controllers", voters)
        broker.settings = {
            "node.id": str(number),
            "controller.quorum.bootstrap.servers": controllers,
            "default.replication.factor": str(BROKERS),
            "transaction.state.log.replication.factor": str(BROKERS),
            # What is fsynced before it is acknowledged where there is but one broker is held by another one here.
            "log.flush.interval.messages": "9223372036854775807",
        }
    with started(*brokers):
        yield brokers


def bootstrap(brokers: list[Broker]) -> str:
    return ",".join(broker.bootstrap for broker in brokers)
