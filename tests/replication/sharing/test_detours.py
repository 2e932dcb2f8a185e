"""Detours: what a region's own log does not give comes from whoever has it, and is believed no more than before."""

import asyncio
from collections.abc import Sequence

import pytest

from replication.fold.judge import Verdict
from replication.log.event_log import Entry, LogUnavailable
from replication.sharing.detours import READING_SECONDS, SILENT_SECONDS, Detours
from tests.replication.adopting import Adopting, account, adopting, shared
from tests.replication.virtual_time import in_virtual_time
from tests.replication.written_log import HOME, PEER, THIRD, SharedLog, sealed_record

ONE, OTHER = "sa-east-1", "eu-north-1"
"""Peers that hand on."""


class Carrier:
    """Says to have come so far, and shows these records."""

    def __init__(self, records: Sequence[bytes], says: int | None = None, away: bool = False) -> None:
        self.records, self.away = list(records), away
        self.says = len(records) if says is None else says
        self.asked: list[tuple[str, int, int]] = []

    async def read(self, region: str, partition: int, start: int) -> Sequence[Entry]:
        self.asked.append((region, partition, start))
        if self.away:
            raise LogUnavailable("the carrier is away")
        return [Entry(number, record) for number, record in enumerate(self.records)][start - 1 :]


class Detoured:
    def __init__(self, side: Adopting, **carriers: Carrier) -> None:
        self.side, self.carriers = side, {name.replace("_", "-"): carrier for name, carrier in carriers.items()}
        self.troubles: dict[str, str] = {}
        said = lambda name, _region, _partition: self.carriers[name].says  # noqa: E731
        self.detours = Detours(self.carriers, said, self.troubles.__setitem__)

    async def look(self, times: int = 2) -> None:
        for _ in range(times):
            await self.detours.look(self.side.mirrors.values())

    @property
    def trouble(self) -> set[str]:
        return {reason for reason in self.troubles.values() if reason}


@in_virtual_time
async def test_what_a_lost_region_had_given_to_another_is_adopted_from_there() -> None:
    async with adopting() as side:
        records = shared(5)
        side.show(*records[:2])
        await asyncio.sleep(60)
        side.logs[PEER].read_failures = 1 << 30
        detoured = Detoured(side, eu_north_1=Carrier(records))
        await detoured.look()
        assert (side.adopted(), side.has(5), side.alarms, detoured.trouble) == (5, True, [], set())


@in_virtual_time
async def test_nobody_is_asked_while_the_region_s_own_log_gives_what_there_is() -> None:
    async with adopting() as side:
        records = shared(6)
        detoured = Detoured(side, eu_north_1=Carrier(records))
        for number in range(6):
            side.show(records[number])
            await asyncio.sleep(1)
            await detoured.look(1)
        await detoured.look()
        assert (side.adopted(), detoured.carriers[OTHER].asked) == (6, [])


@in_virtual_time
async def test_a_gap_in_a_region_s_log_is_filled_by_another_and_the_rest_is_its_own() -> None:
    async with adopting() as side:
        records = shared(5)
        side.show(*records[:2], *records[3:])
        await asyncio.sleep(60)
        assert side.adopted() == 2
        await Detoured(side, eu_north_1=Carrier(records[:3])).look()
        assert side.adopted() == 5


@in_virtual_time
async def test_what_comes_by_both_ways_is_adopted_once() -> None:
    async with adopting() as side:
        records = shared(5)
        side.logs[PEER].read_failures = 3
        await asyncio.gather(*(side.mirrors[PEER].take(carrier, records) for carrier in (ONE, OTHER)))
        side.show(*records)
        await asyncio.sleep(60)
        assert (side.adopted(), side.mirrors[PEER].adopted, len(side.home.log.entries[0]), side.alarms) == (5, 5, 6, [])


def lies() -> dict[str, bytes]:
    good = shared(1)[0]
    return {
        "junk": b"junk",
        "a changed byte": good.replace(b"name", b"eman"),
        "its own signature": sealed_record(THIRD, SharedLog(PEER).share(account(9))),
        "another region's record": SharedLog(THIRD).share(account(1)),
    }


@pytest.mark.parametrize("lie", lies())
@in_virtual_time
async def test_a_carrier_that_lies_is_found_out_and_the_next_one_is_asked(lie: str) -> None:
    async with adopting() as side:
        detoured = Detoured(side, eu_north_1=Carrier([lies()[lie]] * 3), sa_east_1=Carrier(shared(3)))
        await detoured.look()
        assert side.adopted() == 3
        ((verdict, reason),) = side.alarms
        assert verdict == Verdict.REJECTED
        assert f"a shared record of {PEER}, handed on by {OTHER}, was passed over" in reason


@in_virtual_time
async def test_two_histories_that_a_region_has_signed_are_a_fork_whoever_brings_them() -> None:
    async with adopting() as side:
        records, other = shared(2), SharedLog()
        side.show(*records)
        await asyncio.sleep(60)
        forged = [other.share(account(7)), other.share(account(8)), other.share(account(9))]
        await Detoured(side, eu_north_1=Carrier(forged)).look(4)
        assert [verdict for verdict, _ in side.alarms] == [Verdict.FORK]
        assert side.adopted() == 2


@in_virtual_time
async def test_a_carrier_that_is_away_or_withholds_is_named_until_it_does_not_matter() -> None:
    async with adopting() as side:
        away, withholding = Carrier(shared(2), away=True), Carrier([], says=2)
        detoured = Detoured(side, eu_north_1=away, sa_east_1=withholding)
        await detoured.look()
        assert detoured.trouble == {
            "the carrier is away",
            f"{ONE} says to have adopted record 1 of {PEER}, and does not hand it on",
        }
        assert (len(away.asked), len(withholding.asked)) == (1, 1)
        side.show(*shared(2))
        await asyncio.sleep(60)
        await detoured.look()
        assert (side.adopted(), detoured.trouble, side.alarms) == (2, set(), [])


@in_virtual_time
async def test_no_region_is_asked_for_its_own_records_in_this_way() -> None:
    async with adopting() as side:
        detoured = Detoured(side, **{PEER: Carrier(shared(3))})
        await detoured.look()
        assert (detoured.carriers[PEER].asked, side.adopted()) == ([], 0)
        assert HOME not in detoured.carriers


@in_virtual_time
async def test_the_tail_is_asked_of_everybody_whatever_they_say() -> None:
    async with adopting() as side:
        records = shared(6)
        silent, away = Carrier(records[:4], says=0), Carrier(records, away=True)
        detoured = Detoured(side, eu_north_1=silent, sa_east_1=away)
        mirror = side.mirrors[PEER]
        assert await detoured.detours.tail(mirror, 5) == {OTHER: "", ONE: "the carrier is away"}
        away.away, away.records = False, records
        assert await detoured.detours.tail(mirror, 5) == {OTHER: "", ONE: ""}
        assert side.adopted() == 6


class Stalled(Carrier):
    """Answers nothing, and does not refuse either."""

    async def read(self, region: str, partition: int, start: int) -> Sequence[Entry]:
        await asyncio.Event().wait()
        return await super().read(region, partition, start)


@in_virtual_time
async def test_who_does_not_answer_holds_nobody_up_from_giving_the_tail() -> None:
    async with adopting() as side:
        detoured = Detoured(side, eu_north_1=Stalled(shared(4)), sa_east_1=Carrier(shared(4), says=0))
        before = asyncio.get_running_loop().time()
        answers = await detoured.detours.tail(side.mirrors[PEER], 5)
        assert answers == {OTHER: f"{OTHER} did not answer within 5 seconds", ONE: ""}
        assert side.adopted() == 4
        assert asyncio.get_running_loop().time() - before == pytest.approx(5)


@in_virtual_time
async def test_who_did_not_answer_is_not_waited_for_with_every_tail() -> None:
    async with adopting() as side:
        detoured = Detoured(side, eu_north_1=Stalled(shared(4)), sa_east_1=Carrier(shared(4), says=0))
        now = asyncio.get_running_loop().time
        before = now()
        for _ in range(20):
            answers = await detoured.detours.tail(side.mirrors[PEER], 5)
        assert answers == {OTHER: f"{OTHER} did not answer a moment ago", ONE: ""}
        assert now() - before == pytest.approx(5)
        await asyncio.sleep(SILENT_SECONDS)
        detoured.carriers[OTHER] = Carrier(shared(6))
        assert await detoured.detours.tail(side.mirrors[PEER], 5) == {OTHER: "", ONE: ""}
        assert side.adopted() == 6


class Dripping(Carrier):
    """Gives one record at a time, each late."""

    async def read(self, region: str, partition: int, start: int) -> Sequence[Entry]:
        await asyncio.sleep(4.9)
        return (await super().read(region, partition, start))[:1]


@in_virtual_time
async def test_who_gives_a_tail_record_by_record_is_left_at_last() -> None:
    async with adopting() as side:
        detoured = Detoured(side, eu_north_1=Dripping(shared(100)), sa_east_1=Carrier(shared(3), says=0))
        before = asyncio.get_running_loop().time()
        answers = await detoured.detours.tail(side.mirrors[PEER], 5)
        assert answers == {OTHER: f"{OTHER} was not done after 30 seconds", ONE: ""}
        assert asyncio.get_running_loop().time() - before < READING_SECONDS + 5


@in_virtual_time
async def test_what_was_handed_on_is_adopted_once_its_causes_are_though_its_region_s_own_log_hangs() -> None:
    async with adopting(PEER, THIRD) as side:
        side.logs[PEER].read = lambda *_: asyncio.Event().wait()  # type: ignore[method-assign,assignment]
        detoured = Detoured(side, eu_north_1=Carrier([SharedLog(PEER).share(account(1), adopted={THIRD: 1})]))
        await asyncio.sleep(60)
        await detoured.detours.tail(side.mirrors[PEER], 5)
        assert side.adopted() == 0
        side.show(SharedLog(THIRD).share(account(2)._replace(home_region=THIRD)), region=THIRD)
        await asyncio.sleep(30)
        assert side.adopted(THIRD) == 1
        await detoured.look(1)
        assert side.adopted() == 1
