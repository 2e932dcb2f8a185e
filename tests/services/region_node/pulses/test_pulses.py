"""The rhythm of pulses, and what a region tells of its peers."""

import asyncio
from collections.abc import Sequence

import pytest

from replication.fold.judge import Verdict
from replication.log.event_log import Entry, LogUnavailable
from replication.pulses.freshness import read_freshness
from replication.pulses.pulse import Pulse, decode_pulse
from replication.sharing.publisher import Signing
from replication.state.memory_store import MemoryStore
from replication.state.partition_head import PartitionHead
from services.region_node.pulses import pulses as pulses_module
from services.region_node.pulses.pulses import CLOCKS_APART_MOST, LAST_MINUTE_SECONDS, Pulses, Telling
from services.region_node.pulses.pulsing_nodes import ALONE, PulsingNodes
from services.region_node.pulses.settings import PulseSettings
from tests.replication.pulses.signed_pulses import head, pulse, signed, verify
from tests.replication.scripted_log import Fault, ScriptedLog
from tests.replication.virtual_time import in_virtual_time
from tests.replication.written_log import HOME, IDENTITIES, PEER, START, THIRD


class PrunedLog(ScriptedLog):
    """Notes what it was told to forget."""

    def __init__(self) -> None:
        super().__init__("keytide.us-east-1.pulse")
        self.pruned: list[int] = []

    async def prune(self, _partition: int, before: int) -> None:
        self.pruned.append(before)


class Nodes:
    """The nodes of a region: whether this one leads, and whether all that it has applied binds every one."""

    def __init__(self, leading: bool, held: bool) -> None:
        self.leading, self.held = leading, held

    def leads(self) -> bool:
        return self.leading

    async def all_held(self) -> bool:
        return self.held


class Side:
    """The home region with two partitions, of which the peer has shared records."""

    def __init__(self, store: MemoryStore | None = None, nodes: PulsingNodes = ALONE) -> None:
        self.store = store or MemoryStore()
        self.heads = [PartitionHead(), PartitionHead()]
        self.alarms: list[tuple[Verdict, str]] = []
        self.troubles: dict[str, str] = {}
        self.clock, self.ticks = START, 0.0
        self.pulses = Pulses(
            Signing(HOME, IDENTITIES[HOME].sign),
            PulseSettings(1_000, 1),
            self.store,
            lambda: self.heads,
            verify,
            Telling(lambda verdict, reason: self.alarms.append((verdict, reason)), self.troubles.__setitem__),
            self,
            lambda: self.clock,
            lambda: self.ticks,
            nodes,
        )

        self.beside: list[bytes] = []
        self.pulses.start()

    def own(self, _heads: Sequence[PartitionHead], *, served: bool) -> list[bytes]:
        """Nothing stands beside the pulses of this region."""
        return []

    def take(self, _peer: str, encoded: bytes) -> bool:
        """Whether it is what a peer has written beside its pulses."""
        return encoded in self.beside

    def adopt(self, *numbers: int) -> None:
        for one, number in zip(self.heads, numbers, strict=True):
            one.adopted[PEER] = head(number)

    def hear(self, *pulses: Pulse, peer: str = PEER, live: bool = False) -> None:
        self.pulses.take(peer, [Entry(number, signed(one)) for number, one in enumerate(pulses)], live=live)

    def fresh(self) -> tuple[int, ...]:
        with self.store.read() as snapshot:
            return read_freshness(snapshot, PEER)


def test_a_region_says_what_it_has_shared_and_adopted() -> None:
    side = Side()
    side.heads[0].shared = head(4)
    side.adopt(2, 0)
    own = side.pulses.own()
    assert own.shared == (head(4), head(0))
    assert own.adopted == {PEER: (head(2), head(0))}
    assert (own.region, own.time) == (HOME, START)


def test_freshness_is_kept_beside_the_state_and_taken_up_again() -> None:
    side = Side()
    side.hear(pulse(2, 1))
    side.pulses.note()
    assert side.fresh() == (0, 0)
    side.adopt(2, 1)
    side.pulses.note()
    assert side.fresh() == (START, START)
    again = Side(side.store)
    again.hear(pulse(3, 1, time=START + 5))
    again.pulses.note()
    assert again.fresh() == (START, START)
    again.hear(pulse(1, 1, time=START + 9))
    assert "rolled back" in again.alarms[0][1]


@pytest.mark.parametrize(
    "restarted", [False, True], ids=["while it was heard", "by a process that has not heard it yet"]
)
def test_a_peer_that_was_let_go_is_heard_from_the_beginning_after_a_restart_too(restarted: bool) -> None:
    side = Side()
    side.adopt(2, 1)
    side.hear(pulse(2, 1))
    side.pulses.note()
    (Side(side.store) if restarted else side).pulses.let_go(PEER)
    again = Side(side.store)
    again.hear(pulse(1, 1, time=START + 9))
    assert again.alarms == []
    assert again.pulses.last_of(PEER) == signed(pulse(1, 1, time=START + 9))
    assert again.fresh() == (START, START)


def test_nothing_is_written_where_nothing_has_changed() -> None:
    side = Side()
    side.hear(pulse(0, 0))
    side.pulses.note()
    with side.store.read() as snapshot:
        before = snapshot.version
    side.pulses.note()
    with side.store.read() as snapshot:
        assert snapshot.version == before


def test_the_lag_is_told_in_records_and_seconds() -> None:
    side = Side()
    side.heads[1].shared = head(9)
    side.adopt(2, 1)
    assert side.pulses.lag() == {}
    side.hear(pulse(2, 1, adopted=(0, 4)), pulse(5, 1, time=START + 1_000, adopted=(0, 4)))
    side.clock = START + 3_000
    assert side.pulses.lag() == {
        PEER: {
            "records_behind": 3.0,
            "records_behind_there": 5.0,
            "pulse_age_seconds": 3.0,
            "seconds_behind": 3.0,
        }
    }


@pytest.mark.parametrize(
    ("told", "peer", "verdict", "reason"),
    [
        ((pulse(0, 0, region=THIRD),), PEER, Verdict.REJECTED, f"it is of {THIRD}"),
        ((pulse(0, 0, 0),), PEER, Verdict.REJECTED, "with 3 partitions"),
        ((pulse(0, 0, adopted=(1, 0)),), PEER, Verdict.REORDERED, "its log was lost or cut"),
        ((pulse(2, 0), pulse(1, 0, time=START + 1)), PEER, Verdict.REORDERED, "it was rolled back"),
    ],
)
def test_what_cannot_be_so_is_an_alarm_once(told: Sequence[Pulse], peer: str, verdict: Verdict, reason: str) -> None:
    side = Side()
    for _ in range(2):
        side.hear(*told, peer=peer)
    ((alarmed, text),) = side.alarms
    assert alarmed is verdict
    assert reason in text


def test_junk_in_the_log_is_an_alarm_and_stops_nothing() -> None:
    side = Side()
    side.pulses.take(PEER, [Entry(0, b"junk"), Entry(1, signed(pulse(1, 1)))], live=True)
    assert side.alarms[0][0] is Verdict.REJECTED
    assert side.pulses.heard[PEER].latest is not None


@pytest.mark.parametrize(
    ("ahead", "live", "ticks", "agrees"),
    [
        (CLOCKS_APART_MOST + 1, True, 0, False),
        (-CLOCKS_APART_MOST - 1, True, 0, False),
        (CLOCKS_APART_MOST, True, 0, True),
        (CLOCKS_APART_MOST + 1, False, 0, True),
        (CLOCKS_APART_MOST + 1, True, LAST_MINUTE_SECONDS + 1, True),
    ],
    ids=["ahead", "behind", "near", "an old one", "heard long ago"],
)
def test_the_clock_is_compared_with_the_pulses_of_the_last_minute(
    ahead: int, live: bool, ticks: float, agrees: bool
) -> None:
    side = Side()
    assert side.pulses.clock_agrees()
    side.hear(pulse(0, 0, time=START + ahead), live=live)
    side.ticks = ticks
    assert side.pulses.clock_agrees() is agrees


@in_virtual_time
async def test_pulses_are_written_at_every_beat_and_pruned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulses_module, "PRUNED_EVERY", 2)
    side, log = Side(), PrunedLog()
    log.script.append(Fault.REFUSE)
    writing = asyncio.create_task(side.pulses.write(log))
    await asyncio.sleep(0.5)
    assert side.troubles["keytide.us-east-1.pulse"]
    await asyncio.sleep(4)
    writing.cancel()
    assert side.troubles["keytide.us-east-1.pulse"] == ""
    entries = await log.read(0, 0, 10)
    assert [decode_pulse(entry.record, verify).region for entry in entries] == [HOME] * 4
    assert len(log.pruned) == 2


@in_virtual_time
async def test_a_region_that_is_not_served_says_nothing_of_itself_and_then_at_once() -> None:
    side, log = Side(), PrunedLog()
    side.pulses.stop()
    writing = asyncio.create_task(side.pulses.write(log))
    await asyncio.sleep(10.2)
    assert await log.end(0) == 0
    side.pulses.start()
    await asyncio.sleep(0.1)
    assert await log.end(0) == 1
    side.pulses.stop()
    await asyncio.sleep(10)
    assert await log.end(0) == 1
    writing.cancel()


def test_what_stands_beside_pulses_is_no_pulse_that_was_passed_over() -> None:
    side = Side()
    side.beside.append(b"beside")
    side.pulses.take(PEER, [Entry(0, b"beside"), Entry(1, signed(pulse(1, 0)))], live=True)
    assert side.alarms == []
    assert side.pulses.heard[PEER].latest is not None


@pytest.mark.parametrize(("leads", "held", "written"), [(True, True, 1), (False, True, 0), (True, False, 0)])
@in_virtual_time
async def test_one_node_speaks_for_its_region_and_says_only_what_binds_all(
    leads: bool, held: bool, written: int
) -> None:
    side, log = Side(nodes=Nodes(leads, held)), PrunedLog()
    writing = asyncio.create_task(side.pulses.write(log))
    await asyncio.sleep(0.5)
    writing.cancel()
    assert await log.end(0) == written


class Source:
    """Answers one after the other, then waits for ever."""

    def __init__(self, *answers: Sequence[Entry] | LogUnavailable) -> None:
        self.answers = list(answers)
        self.asked: list[int] = []

    async def latest_pulses(self, after: int, _wait_seconds: float) -> Sequence[Entry]:
        self.asked.append(after)
        if not self.answers:
            await asyncio.Event().wait()
        answer = self.answers.pop(0)
        if isinstance(answer, LogUnavailable):
            raise answer
        return answer

    async def close(self) -> None:
        """Nothing is open."""


@in_virtual_time
async def test_a_peer_is_heard_on_after_it_was_away_and_its_first_answer_tells_no_time() -> None:
    side = Side()
    late, later = pulse(1, 1, time=START - 10**9), pulse(2, 1, time=START - 10**9 + 1)
    source = Source(LogUnavailable("away"), [Entry(7, signed(late))], [Entry(8, signed(later))])
    hearing = asyncio.create_task(side.pulses.hear(PEER, source))
    await asyncio.sleep(0.5)
    assert side.troubles["keytide.eu-west-1.pulse"] == "away"
    source.answers.insert(1, [])
    await asyncio.sleep(0.6)
    hearing.cancel()
    assert side.troubles["keytide.eu-west-1.pulse"] == ""
    assert source.asked == [0, 0, 8, 8, 9]
    assert not side.pulses.clock_agrees()
