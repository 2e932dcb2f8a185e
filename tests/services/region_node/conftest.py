"""One real broker for all tests of nodes on Kafka: each keeps to topics of its own, and leaves it running."""

from collections.abc import Iterator

import pytest

from services.local_kafka.broker import Broker
from tests.contract.kafka_broker import local_broker


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with local_broker(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker
