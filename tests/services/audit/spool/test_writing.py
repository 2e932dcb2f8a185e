"""The process that writes a spool: what it is asked it does, and nothing is told that it did not do."""

import asyncio
import errno
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.audit.spool.chain import Chain
from services.audit.spool.files import SUFFIX
from services.audit.spool.orders import (
    GONE,
    Append,
    Order,
    Outcome,
    Probe,
    decode_order,
    decode_outcome,
    encode_order,
    encode_outcome,
)
from services.audit.spool.spool import ENOUGH
from services.audit.spool.writing import ORDER_SECONDS, TO_THE_GROUP, WritingProcess
from shared.audit.frame import FRAME_BYTES_MOST
from tests.running import all_processes, wait_until
from tests.services.audit.making import frames_in
from tests.services.audit.spool.test_spool import WRITER, Answer, Spooling
from tests.services.region_node.running_replicator import eventually

REGION = "us-east-1"


class Asking:
    """Gives orders, and waits for what is told."""

    def __init__(self, spool: Path, order_seconds: float = ORDER_SECONDS) -> None:
        self.spool, self.writing = spool, WritingProcess(REGION, spool, order_seconds)
        self._chain = Chain(f"{WRITER}/00000000000000aa")

    def begin(self, order: Order) -> "asyncio.Future[Outcome]":
        told: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self.writing.begin(order, told.set_result)
        return told

    def append(self, *entries: bytes) -> "asyncio.Future[Outcome]":
        frame = self._chain.next(entries)
        return self.begin(Append(self._chain.name, frame.first, frame.content))

    async def appended(self, *entries: bytes) -> int:
        return (await self.append(*entries)).fault

    def entries(self) -> list[bytes]:
        segments = sorted(self.spool.rglob(f"*{SUFFIX}"))
        return [entry for segment in segments for read in frames_in(segment) for entry in read.frame.entries]

    def signal(self, number: signal.Signals) -> None:
        assert self.writing.pid is not None
        os.kill(self.writing.pid, number)


@pytest.fixture
async def asking(tmp_path: Path) -> AsyncIterator[Asking]:
    made = Asking(tmp_path / "spool")
    yield made
    made.writing.end()


async def _spooling_by_process(spool: Path) -> tuple[Spooling, WritingProcess]:
    """With the entry `before`, which is durable."""
    writing = WritingProcess(REGION, spool)
    spooling = Spooling(spool, writing=writing)
    assert await spooling.add(b"before") == [True]
    assert writing.pid is not None
    return spooling, writing


@pytest.mark.parametrize(
    "order", [Append("node-1/worker-1/00000000000000aa", 1, b"frame"), Append("é", 1 << 60, b""), Probe("node-1/é")]
)
def test_orders_and_outcomes_arrive_as_they_were_given(order: Order) -> None:
    assert decode_order(bytearray(encode_order(order))) == order
    for outcome in (Outcome(0, 1 << 60), Outcome(errno.ENOSPC), GONE):
        assert decode_outcome(encode_outcome(outcome)) == outcome


async def test_orders_are_carried_out_in_their_order_however_large(asking: Asking) -> None:
    large = bytes(FRAME_BYTES_MOST)
    told = [asking.append(b"first"), asking.append(large), asking.append(b"second", b"third"), asking.append(large)]
    outcomes = await asyncio.gather(*told)
    assert [outcome.fault for outcome in outcomes] == [0] * 4
    assert all(outcome.nanoseconds > 0 for outcome in outcomes)
    assert asking.entries() == [b"first", large, b"second", b"third", large]


async def test_why_it_could_not_is_told(asking: Asking) -> None:
    asking.spool.write_bytes(b"no directory")
    assert await asking.appended(b"lost") in (errno.ENOTDIR, errno.EEXIST)
    assert (await asking.begin(Probe(WRITER))).fault in (errno.ENOTDIR, errno.EEXIST)
    asking.spool.unlink()
    assert (await asking.begin(Probe(WRITER))).fault == 0
    assert await asking.appended(b"in another chain") == 0


async def test_what_a_killed_one_was_given_is_told_lost_and_the_next_order_starts_another(asking: Asking) -> None:
    assert await asking.appended(b"before") == 0
    before = asking.writing.pid
    asking.signal(signal.SIGSTOP)
    told = [asking.append(b"on its way"), asking.append(b"behind it")]
    asking.signal(signal.SIGKILL)
    assert await asyncio.gather(*told) == [GONE, GONE]
    assert await asking.appended(b"after") == 0
    assert asking.writing.pid not in (None, before)
    assert asking.entries() == [b"before", b"after"]


async def test_one_that_was_killed_while_nothing_was_asked_of_it_loses_nothing(tmp_path: Path) -> None:
    spooling, writing = await _spooling_by_process(tmp_path)
    assert writing.pid is not None
    os.kill(writing.pid, signal.SIGKILL)
    await eventually(lambda: writing.pid is None)
    assert await spooling.add(b"after") == [True]
    assert spooling.entries() == [b"before", b"after"]
    assert len(spooling.chains()) == 1
    await spooling.spool.close()


async def test_a_spool_whose_process_was_killed_at_work_refuses_and_goes_on_in_a_new_chain(tmp_path: Path) -> None:
    spooling, writing = await _spooling_by_process(tmp_path)
    assert writing.pid is not None
    os.kill(writing.pid, signal.SIGSTOP)
    lost = asyncio.create_task(spooling.add(b"lost"))
    for _ in range(3):
        await asyncio.sleep(0)  # until it is given to the process
    os.kill(writing.pid, signal.SIGKILL)
    assert await lost == [False]
    assert spooling.spool.failing
    await spooling.recovered()
    assert await spooling.add(b"after") == [True]
    assert spooling.entries() in ([b"before", b"after"], [b"after", b"before"])
    await spooling.spool.close()


async def test_one_that_cannot_be_started_is_a_failure_like_that_of_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(sys, "executable", "/nowhere/python")
        asking = Asking(tmp_path / "spool")
        assert await asking.appended(b"lost") == GONE.fault
    assert await asking.appended(b"after") == 0
    asking.writing.end()


async def test_signals_to_all_leave_it_at_work_until_its_worker_lets_go(asking: Asking) -> None:
    assert await asking.appended(b"before") == 0
    for number in TO_THE_GROUP:
        asking.signal(number)
    assert await asking.appended(b"the last answer") == 0
    pid = asking.writing.pid
    asking.writing.end()
    assert pid not in [process.number for process in all_processes()]
    assert asking.entries() == [b"before", b"the last answer"]


async def test_one_that_does_nothing_any_more_is_ended_and_its_order_told_lost(tmp_path: Path) -> None:
    asking = Asking(tmp_path / "spool", order_seconds=3)
    assert await asking.appended(b"before") == 0
    asking.signal(signal.SIGSTOP)
    told = [asking.append(b"lost"), asking.append(b"behind it")]
    assert await asyncio.gather(*told) == [GONE, GONE]
    assert await asking.appended(b"after") == 0
    asking.writing.end()


async def test_a_stopped_one_keeps_nobody_waiting_at_the_end_and_what_is_under_way_is_told(asking: Asking) -> None:
    asking.signal(signal.SIGSTOP)
    told, began = asking.append(b"lost"), asyncio.get_running_loop().time()
    asking.writing.end()
    assert await told == GONE
    assert await asking.appended(b"too late") == GONE.fault
    assert asking.writing.pid is None
    assert asyncio.get_running_loop().time() - began < ORDER_SECONDS


@pytest.mark.parametrize("number", sorted(TO_THE_GROUP))
async def test_signals_to_all_while_it_starts_leave_it_alone(asking: Asking, number: signal.Signals) -> None:
    asking.signal(number)  # it was started just now
    assert await asking.appended(b"entry") == 0


async def test_an_order_to_one_that_has_just_ended_with_nothing_to_do_is_carried_out_by_the_next(
    asking: Asking,
) -> None:
    assert await asking.appended(b"before") == 0
    asking.signal(signal.SIGKILL)
    wait_until(lambda: _is_zombie(asking.writing.pid), "it has ended")  # the event loop stands still meanwhile
    assert await asking.appended(b"after") == 0
    assert asking.entries() == [b"before", b"after"]


def _is_zombie(pid: int | None) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].startswith("Z")


async def test_what_is_added_by_who_is_told_while_the_spool_closes_is_told_too(either: Spooling) -> None:
    answers = [Answer() for _ in range(ENOUGH + 4)]

    class Adding(Answer):
        def settled(self, durable: bool) -> None:
            super().settled(durable)
            for answer in answers:
                either.spool.add(b"more", answer)

    either.spool.add(b"first", Adding())
    await either.spool.close()
    assert [answer.told for answer in answers] == [[True]] * len(answers)


WORKER = """
import asyncio, sys
from pathlib import Path
from services.audit.spool.orders import Probe
from services.audit.spool.spool import ENOUGH
from services.audit.spool.writing import ORDER_SECONDS, TO_THE_GROUP, WritingProcess

async def main():
    writing = WritingProcess("us-east-1", Path(sys.argv[1]))
    writing.begin(Probe("node-1/worker-1"), lambda outcome: print(writing.pid, flush=True))
    await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.mark.parametrize("stopped", [False, True])
def test_it_ends_with_its_worker_however_that_ends(tmp_path: Path, stopped: bool) -> None:
    with subprocess.Popen([sys.executable, "-c", WORKER, str(tmp_path)], stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        pid = int(worker.stdout.readline())
        (process,) = [process for process in all_processes() if process.number == pid]
        assert REGION in process.command_line.split()
        if stopped:
            os.kill(pid, signal.SIGSTOP)
        worker.kill()
    wait_until(lambda: pid not in [process.number for process in all_processes()], "the process has ended")
