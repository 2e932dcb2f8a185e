"""The logs that the contract suite runs over: embedded, and on a real Kafka broker."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.contract.kafka_broker import NOT_TESTED, kafka_bootstrap
from tests.contract.logs import EmbeddedPlace, KafkaPlace, Logs


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real broker."""
    with kafka_bootstrap(tmp_path_factory.mktemp("kafka")) as bootstrap:
        yield bootstrap


@pytest.fixture(params=["embedded", "kafka"])
async def logs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Logs]:
    if request.param == "kafka":
        place: Logs = KafkaPlace(request.getfixturevalue("kafka"))
    else:
        place = EmbeddedPlace(tmp_path_factory.mktemp("logs"))
    yield place
    await place.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for reason in sorted(NOT_TESTED):
        terminalreporter.section("KAFKA WAS NOT TESTED", sep="!", red=True, bold=True)
        terminalreporter.write_line(f"The log on Kafka was not tested: {reason}", red=True)
