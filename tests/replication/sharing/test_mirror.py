"""Adoption: whatever a peer's log shows, the right records come in, in order, once; the rest is said."""

import asyncio
from collections.abc import Sequence

import pytest

from replication.fold.judge import Verdict
from replication.log.event_log import MAXIMUM_RECORD_BYTES, Entry
from replication.records.record import decode_record, encode_record
from replication.sharing import mirror as mirror_module
from shared.identifiers import account_stream
from tests.replication.adopting import WRAPPED, account, adopting, shared
from tests.replication.running_author import draft
from tests.replication.scripted_log import Fault
from tests.replication.virtual_time import in_virtual_time
from tests.replication.written_log import HOME, PEER, THIRD, SharedLog, created, sealed_record


@in_virtual_time
async def test_records_are_adopted_in_order_and_once() -> None:
    async with adopting() as side:
        records = shared(5)
        side.show(*records, *records)
        await asyncio.sleep(60)
        side.show(*reversed(records))
        await asyncio.sleep(60)
        assert side.adopted() == side.mirrors[PEER].adopted == 5
        assert side.alarms == []
        assert len(side.home.log.entries[0]) == 6
        envelope = decode_record(side.home.log.entries[0][1]).signed
        assert WRAPPED in envelope


@pytest.mark.parametrize("order", [(4, 3, 2, 1, 0), (1, 0, 3, 2, 4), (2, 2, 0, 0, 4, 3, 1)])
@in_virtual_time
async def test_order_of_the_peer_s_log_does_not_count(order: tuple[int, ...]) -> None:
    async with adopting() as side:
        records = shared(5)
        side.show(*(records[index] for index in order))
        await asyncio.sleep(60)
        assert (side.adopted(), side.alarms) == (5, [])


@in_virtual_time
async def test_gap_is_waited_for_and_nothing_is_skipped() -> None:
    async with adopting() as side:
        records = shared(5)
        side.show(*records[:2], *records[3:])
        await asyncio.sleep(300)
        assert (side.adopted(), side.has(4)) == (2, False)
        gap = f"record 3 is not in the shared log of {PEER}, and later ones are"
        assert (side.alarms, side.troubles[-1]) == ([(Verdict.GAP, gap)], gap)
        side.show(records[2])
        await asyncio.sleep(60)
        assert (side.adopted(), side.troubles[-1], len(side.alarms)) == (5, "", 1)


def unbelievable() -> dict[str, bytes]:
    good = shared(1)[0]
    signed = decode_record(good).signed
    elsewhere = SharedLog(PEER, partition=1).share(account(1))
    third = SharedLog(THIRD).share(account(1))
    return {
        "junk": b"junk",
        "nothing": b"",
        "another's signature": sealed_record(THIRD, signed).replace(THIRD.encode(), PEER.encode()),
        "a changed byte": good.replace(b"name", b"eman"),
        "no signature": encode_record(decode_record(good)._replace(proof=b"")),
        "another partition": elsewhere,
        "another region": third,
        "another region, signed by the peer": sealed_record(PEER, decode_record(third).signed),
        "signed bytes that are no envelope": sealed_record(PEER, b"\x90"),
        "number 0": SharedLog(PEER).share(account(1), sequence=0),
        "a negative number": SharedLog(PEER).share(account(1), sequence=-1),
    }


@pytest.mark.parametrize("name", unbelievable())
@in_virtual_time
async def test_what_cannot_be_believed_is_said_once_and_passed_over(name: str) -> None:
    async with adopting() as side:
        record = unbelievable()[name]
        side.show(*[record] * 50, *shared(3))
        await asyncio.sleep(60)
        assert side.adopted() == 3
        assert [verdict for verdict, _ in side.alarms] == [Verdict.REJECTED]


@pytest.mark.parametrize("split", [0, 1])
@in_virtual_time
async def test_fork_stops_this_peer_alone_and_is_said_once(split: int) -> None:
    async with adopting(PEER, THIRD) as side:
        one, other = SharedLog(), SharedLog()
        records = [one.share(account(1)), one.share(account(2)), one.share(account(3))]
        forged = [other.share(account(7)), other.share(account(8))]
        if split:
            side.show(*records[:2])
            await asyncio.sleep(60)
        side.show(*forged, *records, *forged)
        side.show(*[SharedLog(THIRD).share(account(9))], region=THIRD)
        await asyncio.sleep(60)
        assert [verdict for verdict, _ in side.alarms] == [Verdict.FORK]
        assert side.adopted(THIRD) == 1
        assert side.adopted() == 2 * split


@in_virtual_time
async def test_truncated_log_of_a_peer_is_said_once_and_adoption_goes_on_when_it_is_back() -> None:
    async with adopting() as side:
        records = shared(6)
        side.show(*records[:4])
        await asyncio.sleep(60)
        side.logs[PEER].entries[0][:] = records[:1]
        side.logs[PEER].write(0, [])
        await asyncio.sleep(300)
        assert [verdict for verdict, _ in side.alarms] == [Verdict.REORDERED]
        side.logs[PEER].entries[0][:] = records
        await asyncio.sleep(60)
        assert side.adopted() == 6


@in_virtual_time
async def test_a_log_that_its_region_has_made_anew_is_read_on_at_once() -> None:
    async with adopting() as side:
        records = shared(6)
        side.show(*records[:4], *records[:4])
        await asyncio.sleep(60)
        side.logs[PEER].entries[0][:] = records
        side.logs[PEER].write(0, [])
        await asyncio.sleep(2)
        assert (side.adopted(), side.alarms) == (6, [])


@in_virtual_time
async def test_what_another_region_caused_waits_for_its_cause() -> None:
    async with adopting(PEER, THIRD) as side:
        third = SharedLog(THIRD)
        side.show(third.share(account(9), adopted={PEER: 2}), region=THIRD)
        await asyncio.sleep(60)
        assert side.adopted(THIRD) == 0
        records = shared(2)
        side.show(records[0])
        await asyncio.sleep(60)
        assert side.adopted(THIRD) == 0
        side.show(records[1])
        await asyncio.sleep(60)
        assert (side.adopted(PEER), side.adopted(THIRD)) == (2, 1)


@in_virtual_time
async def test_a_cause_that_does_not_come_is_named_and_so_is_its_end() -> None:
    """As where not every region reads every other: adoption stands still, and nothing else would show it."""
    async with adopting(THIRD) as side:
        side.show(SharedLog(THIRD).share(account(9), adopted={PEER: 2}), region=THIRD)
        await asyncio.sleep(mirror_module.CAUSE_PATIENCE_SECONDS - 5)
        assert set(side.troubles) == {""}
        await asyncio.sleep(10)
        assert f"record 1 of {THIRD} rests on record 2 of {PEER}" in side.troubles[-1]
        side.start(PEER)
        side.show(*shared(2))
        await asyncio.sleep(60)
        assert (side.adopted(THIRD), side.troubles[-1]) == (1, "")


@in_virtual_time
async def test_record_that_has_seen_ours_waits_until_we_have_it_again() -> None:
    async with adopting() as side:
        side.show(SharedLog().share(account(1), adopted={HOME: 1}))
        await asyncio.sleep(60)
        assert side.adopted() == 0


@in_virtual_time
async def test_a_region_that_has_lost_its_log_says_so_and_writes_no_number_a_second_time() -> None:
    async with adopting() as side:
        side.show(SharedLog().share(account(1), adopted={HOME: 3}))
        await asyncio.sleep(60)
        lost = f"{PEER} has adopted 3 records of this region, which has 0: its log was lost or cut"
        assert side.alarms == [(Verdict.REORDERED, lost)]
        answer = await side.home.author.submit(draft(created(1)))
        assert (answer.verdict, lost in answer.answer) == ("unavailable", True)


@in_virtual_time
async def test_conditions_and_foreign_streams_in_a_peer_s_record_do_not_stop_it() -> None:
    async with adopting() as side:
        log = SharedLog()
        side.show(
            log.share(account(1), streams=((account_stream(f"{1:012}"), 77),)),
            log.share(account(2), shared=b"\xc1"),
            log.share(account(3), least_reader=99),
            log.share(account(4)),
        )
        await asyncio.sleep(60)
        assert side.adopted() == 4
        assert {alarm.verdict for alarm in side.home.alarms} == {Verdict.FROZEN}
        side.home.alarms.clear()


@in_virtual_time
async def test_record_that_no_adoption_can_hold_is_said_once() -> None:
    async with adopting() as side:
        side.show(SharedLog().share(account(1)._replace(name="x" * (MAXIMUM_RECORD_BYTES - 600))))
        await asyncio.sleep(300)
        assert side.adopted() == 0
        assert [verdict for verdict, _ in side.alarms] == [Verdict.REJECTED]
        assert (await side.home.author.submit(draft(created(1), 0))).verdict == "applied"


@in_virtual_time
async def test_more_than_memory_holds_is_read_again_once_the_cause_is_there() -> None:
    before, mirror_module.HELD_MOST = mirror_module.HELD_MOST, 50
    try:
        async with adopting(PEER, THIRD) as side:
            log = SharedLog(THIRD)
            side.show(log.share(account(5001), adopted={PEER: 1}), region=THIRD)
            side.show(*(log.share(account(number)) for number in range(2, 800)), region=THIRD)
            await asyncio.sleep(60)
            assert side.adopted(THIRD) == 0
            assert len(side.mirrors[THIRD]._held) == 50
            side.show(*shared(1))
            await asyncio.sleep(60)
            assert side.adopted(THIRD) == 799
    finally:
        mirror_module.HELD_MOST = before


@in_virtual_time
async def test_large_records_that_wait_are_held_in_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirror_module, "HELD_MOST_BYTES", 100_000)
    async with adopting(PEER, THIRD) as side:
        log = SharedLog(THIRD)
        side.show(log.share(account(5001), adopted={PEER: 1}), region=THIRD)
        large = [account(number)._replace(name="x" * 10_000) for number in range(2, 60)]
        side.show(*(log.share(event) for event in large), region=THIRD)
        await asyncio.sleep(60)
        mirror = side.mirrors[THIRD]
        assert sum(len(record.encoded) for record in mirror._held.values()) == mirror._held_bytes
        assert 50_000 < mirror._held_bytes <= 100_000
        side.show(*shared(1))
        await asyncio.sleep(60)
        assert (side.adopted(THIRD), mirror._held_bytes) == (59, 0)


@in_virtual_time
async def test_the_next_record_is_found_even_behind_more_than_memory_holds() -> None:
    before, mirror_module.HELD_MOST = mirror_module.HELD_MOST, 20
    try:
        async with adopting() as side:
            first, *others = shared(100)
            side.show(*others, first)
            await asyncio.sleep(120)
            assert side.adopted() == 100
    finally:
        mirror_module.HELD_MOST = before


@in_virtual_time
async def test_peer_that_is_away_is_asked_again() -> None:
    async with adopting() as side:
        side.logs[PEER].read_failures = 100
        side.show(*shared(3))
        await asyncio.sleep(120)
        assert side.adopted() == 3
        assert "scripted" in side.troubles[0]
        assert side.troubles[-1] == ""


@in_virtual_time
async def test_peer_that_is_back_and_has_no_news_is_no_trouble_any_more() -> None:
    async with adopting() as side:
        side.logs[PEER].read_failures = 1
        await asyncio.sleep(mirror_module.WAIT_SECONDS / 2)
        assert side.troubles[0] != ""
        assert side.troubles[-1] == ""


@in_virtual_time
async def test_own_log_that_refuses_or_loses_does_not_lose_an_adoption() -> None:
    async with adopting() as side:
        side.home.log.script += [Fault.REFUSE, Fault.WRITE_HALF, Fault.LOSE_RECORDS, Fault.DUPLICATE]
        side.show(*shared(300))
        await asyncio.sleep(120)
        assert (side.adopted(), side.alarms) == (300, [])


def other_history() -> tuple[list[bytes], list[bytes]]:
    """Three records, and three others of which the first is the same."""
    log = SharedLog(PEER)
    return shared(3), [log.share(account(number)) for number in (1, 8, 9)]


@in_virtual_time
async def test_what_was_let_go_is_not_adopted_when_the_peer_has_another_history_instead() -> None:
    async with adopting() as side:
        lost, kept = other_history()
        side.show(lost[0], lost[2])
        await asyncio.sleep(60)
        await side.mirrors[PEER].let_go()
        side.logs[PEER].entries[0][:] = kept
        await asyncio.sleep(60)
        assert (side.adopted(), side.has(9)) == (3, True)
        assert Verdict.FORK not in {verdict for verdict, _ in side.alarms}


@in_virtual_time
async def test_what_was_on_its_way_when_all_was_let_go_is_read_again() -> None:
    async with adopting(THIRD) as side:
        lost, kept = other_history()
        log = side.logs[PEER]
        read = log.read

        async def slowly(partition: int, start: int, limit: int, wait_seconds: float = 0) -> Sequence[Entry]:
            entries = await read(partition, start, limit, wait_seconds)
            await asyncio.sleep(5)
            return entries

        log.read = slowly  # type: ignore[assignment, method-assign]
        side.show(lost[0], lost[2])
        side.start(PEER)
        await asyncio.sleep(2)
        await side.mirrors[PEER].let_go()
        log.entries[0][:] = kept
        await asyncio.sleep(120)
        assert (side.adopted(), side.has(9), side.alarms) == (3, True, [])


@in_virtual_time
async def test_letting_go_waits_for_what_is_being_adopted() -> None:
    async with adopting() as side:
        side.home.log.script.append(Fault.STALL)
        side.show(*shared(2))
        await asyncio.sleep(5)
        letting_go = asyncio.create_task(side.mirrors[PEER].let_go())
        await asyncio.sleep(5)
        assert not letting_go.done()
        side.home.log.go_on.set()
        await letting_go
        assert side.adopted() == 2
