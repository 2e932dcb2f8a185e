"""What fails keeps nothing else from its turn, and is said once for as long as it lasts."""

import logging

import pytest

from replication.state.state_store import StoreFailed
from services.region_node.replicator.failures import Failures
from shared.errors import DependencyTimeout


async def turn(error: BaseException | None = None) -> None:
    if error is not None:
        raise error


@pytest.mark.parametrize("error", [KeyError("secret"), DependencyTimeout("the log is away"), ValueError()])
async def test_whatever_fails_is_contained_and_said_once_until_it_has_succeeded(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    failures = Failures[str]("it failed")
    for _ in range(3):
        await failures.contained("a", turn(error), key="a")
    assert [(record.message, record.key) for record in caplog.records] == [("it failed", "a")]  # type: ignore[attr-defined]
    await failures.contained("a", turn(), key="a")
    assert "a" not in failures
    await failures.contained("a", turn(error), key="a")
    assert len(caplog.records) == 2


async def test_the_message_of_a_fault_that_nobody_foresaw_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        await Failures[str]("it failed").contained("a", turn(KeyError("secret")))
    (record,) = caplog.records
    assert "secret" not in str(vars(record))
    assert record.fault == "builtins.KeyError"  # type: ignore[attr-defined]


async def test_a_store_that_has_failed_ends_it_all() -> None:
    with pytest.raises(StoreFailed):
        await Failures[str]("it failed").contained("a", turn(StoreFailed("disk full")))


async def test_those_that_failed_take_turns() -> None:
    failures = Failures[int]("it failed")
    for number in (1, 2, 3, 1):
        await failures.contained(number, turn(KeyError()))
    assert failures.longest_ago(2) == [2, 3]
    failures.forget_others((1, 3, 4))
    assert failures.longest_ago(9) == [3, 1]
