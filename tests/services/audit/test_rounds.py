"""Rounds run again and again, each for itself; chores now and then."""

import asyncio
from collections import Counter
from contextlib import suppress

import pytest

from services.audit.chores import Chore
from services.audit.round_figures import RoundFigures
from services.audit.rounds import keep_running


class Counting:
    """A round that fails as often as it is told to."""

    def __init__(self, name: str, failures: int = 0) -> None:
        self.name, self._failures = name, failures
        self.runs = 0

    async def run(self) -> None:
        self.runs += 1
        if self.runs <= self._failures:
            raise RuntimeError("it does not work")


async def _run(*rounds: Counting, until: int) -> Counter[str]:
    """Run them until the last has run so often."""
    faults = Counter[str]()
    tasks = [asyncio.create_task(keep_running(each, faults, 0)) for each in rounds]
    async with asyncio.timeout(10):
        while rounds[-1].runs < until:  # noqa: ASYNC110 - it says nothing
            await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    return faults


async def test_a_round_that_fails_is_counted_and_keeps_no_other_from_running() -> None:
    failing, well = Counting("failing", 10**6), Counting("well")
    faults = await _run(failing, well, until=20)
    assert set(faults) == {"failing"}
    assert faults["failing"] >= 19


async def test_a_fault_is_said_once_for_as_long_as_it_lasts(caplog: pytest.LogCaptureFixture) -> None:
    await _run(Counting("failing", 5), Counting("well"), until=10)
    assert [record.message for record in caplog.records] == ["a round of the auditor failed"]


class Untold(Counting):
    """A round whose figures cannot be told at first."""

    def figures(self) -> dict[str, float]:
        self.runs += 1
        if self.runs <= 2:
            raise RuntimeError("the file is damaged")
        return {"untold": 1}


class Told(Counting):
    def figures(self) -> dict[str, float]:
        return {"told": 1}


def test_a_round_that_cannot_tell_its_figures_keeps_no_other_figure_back(caplog: pytest.LogCaptureFixture) -> None:
    faults = Counter[str]()
    figures = RoundFigures([Counting("mute"), Untold("untold"), Told("told")], faults)
    assert [figures.told() for _ in range(3)] == [{"told": 1}, {"told": 1}, {"untold": 1, "told": 1}]
    assert faults == {"untold": 2}
    assert [record.message for record in caplog.records] == ["a round of the auditor cannot tell its figures"]


async def test_a_chore_has_something_to_do_now_and_then_only() -> None:
    now, done = [0.0], list[float]()

    async def work() -> None:
        done.append(now[0])

    chore = Chore("chore", work, 5.0, lambda: now[0])
    for _ in range(12):
        await chore.run()
        now[0] += 1.0
    assert done == [0.0, 5.0, 10.0]
