"""The spool: what was told durable is on disk in its chain, and after a failure nothing is taken until it can be."""

import asyncio
import fcntl
import os
import shutil
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from services.audit.spool import spool as spool_module
from services.audit.spool.files import SEGMENT_BYTES, SUFFIX, SpoolFiles
from services.audit.spool.frames import is_torn
from services.audit.spool.orders import Writing
from services.audit.spool.spool import ENOUGH, Spool
from shared.audit.frame import FRAME_BYTES_MOST, ChainHead, Frame, follow
from tests.services.audit.faulty_disk import BROKEN, FULL, FaultyDisk
from tests.services.audit.making import frames_in
from tests.services.audit.spool.writing_here import WritingHere

WRITER = "node-1/worker-0"


class Answer:
    """Waits for its entry. `told`: whether it is durable."""

    def __init__(self) -> None:
        self.told: list[bool] = []
        self.settled_event = asyncio.Event()

    def settled(self, durable: bool) -> None:
        self.told.append(durable)
        self.settled_event.set()


class Spooling:
    """On a disk that can be told to fail, unless `writing` is another."""

    def __init__(self, directory: Path, segment_bytes: int = SEGMENT_BYTES, writing: Writing | None = None) -> None:
        self.directory, self.disk = directory, FaultyDisk()
        self.writing = writing or WritingHere(SpoolFiles(directory, self.disk, segment_bytes))
        self.spool = Spool(WRITER, self.writing, probe_seconds=0.001)

    async def add(self, *entries: bytes) -> list[bool]:
        """All in one round."""
        answers = [Answer() for _ in entries]
        for entry, answer in zip(entries, answers, strict=True):
            self.spool.add(entry, answer)
        await asyncio.gather(*(answer.settled_event.wait() for answer in answers))
        return [answer.told[0] for answer in answers]

    def chains(self) -> dict[str, list[Frame]]:
        found: dict[str, list[Frame]] = {}
        for segment in sorted(self.directory.rglob(f"*{SUFFIX}")):
            chain = str(segment.parent.relative_to(self.directory))
            found.setdefault(chain, []).extend(read.frame for read in frames_in(segment))
        return found

    def segments(self) -> list[str]:
        return sorted(path.name for path in self.directory.rglob(f"*{SUFFIX}"))

    def entries(self) -> list[bytes]:
        return [entry for frames in self.chains().values() for frame in frames for entry in frame.entries]

    async def recovered(self) -> None:
        async with asyncio.timeout(10):
            while self.spool.failing:  # noqa: ASYNC110 - a probe is written without a sign
                await asyncio.sleep(0.001)


def _verified(chain: str, frames: Sequence[Frame]) -> ChainHead:
    head = ChainHead()
    for frame in frames:
        assert frame.chain == chain
        head = follow(head, frame)
    return head


async def test_what_is_told_durable_stands_in_its_chain_in_its_order(either: Spooling) -> None:
    assert [*await either.add(b"one"), *await either.add(b"two", b"three")] == [True] * 3
    ((chain, frames),) = either.chains().items()
    assert chain.startswith(f"{WRITER}/")
    assert _verified(chain, frames).number == 3
    assert [frame.entries for frame in frames] == [(b"one",), (b"two", b"three")]


async def test_what_comes_while_a_frame_is_written_is_one_frame_with_one_sync(spooling: Spooling) -> None:
    first = asyncio.create_task(spooling.add(b"first"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await spooling.add(*[b"%d" % number for number in range(64)])
    await first
    assert [len(frame.entries) for frames in spooling.chains().values() for frame in frames] == [1, 64]
    assert spooling.disk.written == 2
    assert spooling.spool.figures()._replace(sync_seconds=0) == (65, 2, 0, 0, 0, 0, 0)


async def test_nobody_is_told_before_the_disk_has_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spooling, answer = Spooling(tmp_path), Answer()
    may_end, begun = threading.Event(), threading.Event()
    append = spooling.disk.append

    def watched(descriptor: int, content: bytes) -> None:
        begun.set()
        may_end.wait(10)
        append(descriptor, content)

    monkeypatch.setattr(spooling.disk, "append", watched)
    spooling.spool.add(b"entry", answer)
    await asyncio.to_thread(begun.wait, 10)
    assert answer.told == []
    may_end.set()
    await answer.settled_event.wait()
    await spooling.spool.close()


async def test_segments_are_synced_by_every_write(spooling: Spooling, tmp_path: Path) -> None:
    descriptor = spooling.disk.open_new(tmp_path / "new")
    assert fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_DSYNC
    os.close(descriptor)


async def test_a_frame_begins_before_all_of_a_large_round_has_come(either: Spooling) -> None:
    await either.add(*[b"%d" % number for number in range(ENOUGH + 5)])
    assert [len(frame.entries) for frames in either.chains().values() for frame in frames] == [ENOUGH, 5]


async def test_large_entries_are_split_over_frames(either: Spooling) -> None:
    large = bytes(FRAME_BYTES_MOST // 2 + 1)
    await either.add(large, large, b"small")
    assert [len(frame.entries) for frames in either.chains().values() for frame in frames] == [1, 2]


async def test_segments_are_named_after_their_first_entry_and_rolled_by_size(tmp_path: Path) -> None:
    spooling = Spooling(tmp_path, segment_bytes=200)
    for number in range(4):
        await spooling.add(b"%d" % number * 100)
    await spooling.spool.close()
    assert spooling.segments() == [f"000000000000000{number}.segment" for number in range(1, 5)]
    ((chain, frames),) = spooling.chains().items()
    assert _verified(chain, frames).number == 4


@pytest.mark.parametrize("fault", [FULL, BROKEN])
@pytest.mark.parametrize("fails_at", ["open_new", "append"])
async def test_a_failure_is_told_whoever_waits_and_a_new_chain_begins_once_it_can(
    spooling: Spooling, fault: int, fails_at: str
) -> None:
    if fails_at != "open_new":
        await spooling.add(b"before")
    spooling.disk.fault, spooling.disk.fails_at, spooling.disk.torn = fault, fails_at, 7
    assert await spooling.add(b"lost", b"lost too") == [False, False]
    assert spooling.spool.failing
    assert await spooling.add(b"refused") == [False]
    spooling.disk.fault = None
    await spooling.recovered()
    assert await spooling.add(b"after") == [True]
    chains = spooling.chains()
    (after,) = [frames[0] for frames in chains.values() if frames and frames[0].entries == (b"after",)]
    assert after.first == 1
    for chain, frames in chains.items():
        _verified(chain, frames)
    assert spooling.spool.figures().failures == 1
    assert spooling.spool.figures().waiting == 0


def _remove_directory(spool: Path) -> None:
    shutil.rmtree(spool)


def _remove_files(spool: Path) -> None:
    for segment in spool.rglob(f"*{SUFFIX}"):
        segment.unlink()


def _rename_directory(spool: Path) -> None:
    spool.rename(spool.with_name("elsewhere"))


def _put_another_in_its_place(spool: Path) -> None:
    for segment in list(spool.rglob(f"*{SUFFIX}")):
        segment.rename(segment.with_suffix(".old"))
        segment.write_bytes(b"")


@pytest.mark.parametrize(
    "lose",
    [_remove_directory, _remove_files, _rename_directory, _put_another_in_its_place],
    ids=lambda lose: lose.__name__,
)
async def test_nothing_is_told_that_is_not_found_under_the_spools_path(
    either: Spooling, lose: Callable[[Path], None]
) -> None:
    assert await either.add(b"before") == [True]
    (first,) = either.chains()
    lose(either.directory)
    assert await either.add(b"in no file", b"nor this") == [False, False]
    await either.recovered()
    assert await either.add(b"after") == [True]
    assert either.entries() == [b"after"]
    assert first not in [chain for chain, frames in either.chains().items() if frames]
    assert either.spool.figures().failures == 1


async def test_what_nobody_waited_for_has_left_and_is_written_once_it_can(spooling: Spooling) -> None:
    spooling.disk.fault = FULL
    spooling.spool.add(b"read")
    assert await spooling.add(b"use") == [False]
    spooling.spool.add(b"read later")
    spooling.disk.fault = None
    await spooling.recovered()
    await spooling.add(b"end")
    assert [entry for entry in spooling.entries() if entry.startswith(b"read")] == [b"read", b"read later"]
    assert b"use" not in spooling.entries()


async def test_a_probe_that_fails_leaves_it_failing(spooling: Spooling) -> None:
    spooling.disk.fault = FULL
    await spooling.add(b"lost")
    await asyncio.sleep(0.02)
    assert spooling.spool.failing
    assert spooling.spool.figures().failures == 1


async def test_what_is_held_is_bounded_and_what_is_passed_over_is_counted(
    spooling: Spooling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool_module, "HELD_BYTES_MOST", 10)
    spooling.spool.add(b"x" * 11)
    assert spooling.spool.crowded
    spooling.disk.fault = FULL
    await spooling.add(b"use")
    for _ in range(5):
        spooling.spool.add(b"y")
    assert spooling.spool.figures().passed_over == 5


async def test_what_is_written_frees_its_room(either: Spooling, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "HELD_BYTES_MOST", 10)
    await either.add(b"x" * 11)
    assert not either.spool.crowded


async def test_closing_waits_for_what_was_added(either: Spooling) -> None:
    either.spool.add(b"last")
    await either.spool.close()
    assert either.entries() == [b"last"]


@pytest.mark.parametrize("cut", [1, 2, 5, 30])
async def test_a_torn_tail_is_passed_over(spooling: Spooling, cut: int) -> None:
    await spooling.add(b"whole")
    await spooling.add(b"torn")
    (segment,) = spooling.directory.rglob(f"*{SUFFIX}")
    content, chain = segment.read_bytes(), segment.parent.relative_to(spooling.directory).as_posix()
    first = next(frames_in(segment))
    for end in (len(content) - cut, first.end + cut):
        segment.write_bytes(content[:end])
        assert [read.frame.entries for read in frames_in(segment)] == [(b"whole",)]
        assert is_torn(content[first.end : end], chain)


async def test_files_are_their_owners_alone(either: Spooling) -> None:
    await either.add(b"entry")
    for path in either.directory.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0
