"""What a worker remembers of the uses of keys, and when it writes them."""

import asyncio
import logging
from collections.abc import Mapping

import pytest

from services.region_node.worker import key_uses
from services.region_node.worker.key_uses import KeyUses
from services.region_node.worker.usage_store import LastUse, UsageStoreUnavailable
from shared.errors import DependencyTimeout

KEY, OTHER = "arn:1", "arn:2"


class Kept:
    """A store that fails while it is told to, and lets a test look at what is being written."""

    def __init__(self) -> None:
        self.uses: dict[str, LastUse] = {}
        self.fails = False
        self.merged = 0

    def tracking_since(self) -> int:
        self._try()
        return 7

    def last_use(self, key_arn: str) -> LastUse | None:
        self._try()
        return self.uses.get(key_arn)

    def merge(self, uses: Mapping[str, LastUse]) -> None:
        self._try()
        self.merged += 1
        self.uses.update(uses)

    def _try(self) -> None:
        if self.fails:
            raise UsageStoreUnavailable("no room")


def use(time: int) -> LastUse:
    return LastUse("Encrypt", time, f"request {time}")


def note(uses: KeyUses, key_arn: str, time: int) -> None:
    uses.note(key_arn, "Encrypt", time, f"request {time}")


async def test_a_use_is_known_at_once_and_written_later() -> None:
    kept = Kept()
    uses = KeyUses(kept)
    note(uses, KEY, 5)
    assert uses.last_use(KEY) == use(5)
    assert uses.last_use(OTHER) is None
    assert kept.uses == {}
    await uses.write()
    assert kept.uses == {KEY: use(5)}
    assert uses.last_use(KEY) == use(5)
    await uses.write()
    assert kept.merged == 1


async def test_of_many_uses_the_last_is_written() -> None:
    kept = Kept()
    uses = KeyUses(kept)
    for time in range(1_000):
        note(uses, KEY, time)
    await uses.write()
    assert kept.uses == {KEY: use(999)}


def test_what_another_worker_has_written_counts() -> None:
    kept = Kept()
    uses = KeyUses(kept)
    note(uses, KEY, 5)
    kept.uses[KEY] = use(9)
    assert uses.last_use(KEY) == use(9)
    note(uses, KEY, 11)
    assert uses.last_use(KEY) == use(11)


async def test_a_use_is_known_while_it_is_being_written(monkeypatch: pytest.MonkeyPatch) -> None:
    uses, seen = KeyUses(Kept()), []

    async def writing(_work: object) -> None:
        seen.append(uses.last_use(KEY))

    monkeypatch.setattr(asyncio, "to_thread", writing)
    note(uses, KEY, 5)
    await uses.write()
    assert seen == [use(5)]


async def test_what_could_not_be_written_is_written_later(caplog: pytest.LogCaptureFixture) -> None:
    kept = Kept()
    uses = KeyUses(kept)
    kept.fails = True
    note(uses, KEY, 5)
    note(uses, OTHER, 6)
    for _ in range(3):
        await uses.write()
        note(uses, KEY, 9)
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    kept.fails = False
    await uses.write()
    assert kept.uses == {KEY: use(9), OTHER: use(6)}


async def test_memory_is_bounded_while_nothing_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_uses, "NOTED_MOST", 10)
    kept = Kept()
    uses = KeyUses(kept)
    kept.fails = True
    for number in range(100):
        note(uses, f"arn:{number}", number)
        await uses.write()
    kept.fails = False
    await uses.write()
    assert len(kept.uses) <= 10
    assert "arn:99" in kept.uses


async def test_whatever_fails_keys_stay_usable() -> None:
    class Broken(Kept):
        def merge(self, uses: Mapping[str, LastUse]) -> None:
            raise RuntimeError("unforeseen")

    uses = KeyUses(Broken())
    note(uses, KEY, 5)
    await uses.write()
    note(uses, KEY, 6)
    assert uses.last_use(KEY) == use(6)


def test_what_is_not_known_is_not_told_as_unused(caplog: pytest.LogCaptureFixture) -> None:
    kept = Kept()
    kept.fails = True
    uses = KeyUses(kept)
    note(uses, KEY, 5)
    for ask in (lambda: uses.last_use(KEY), lambda: uses.last_use(OTHER), uses.tracking_since):
        with pytest.raises(DependencyTimeout, match="cannot be read"):
            ask()
    assert {record.reason for record in caplog.records} == {"no room"}  # type: ignore[attr-defined]


class Telling(Kept):
    """Tells the loop what it was asked, in order."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self.loop = loop
        self.told: asyncio.Queue[str | LastUse] = asyncio.Queue()

    def tracking_since(self) -> int:
        self.loop.call_soon_threadsafe(self.told.put_nowait, "since")
        return 7

    def merge(self, uses: Mapping[str, LastUse]) -> None:
        self.loop.call_soon_threadsafe(self.told.put_nowait, uses[KEY])


async def test_a_worker_begins_the_tracking_and_goes_on_writing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_uses, "WRITE_SECONDS", 0.0)
    store = Telling(asyncio.get_running_loop())
    uses = KeyUses(store)
    running = asyncio.create_task(uses.keep_writing())
    assert await store.told.get() == "since"
    for time in (5, 6):
        note(uses, KEY, time)
        assert await store.told.get() == use(time)
    running.cancel()
    await asyncio.wait([running])
