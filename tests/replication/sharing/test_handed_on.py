"""Handing on: every record of another region is found in the own log, exactly as its author signed it."""

import random
from collections.abc import Sequence

import pytest

from replication.log.event_log import Entry
from replication.sharing.handed_on import HandedOn
from tests.replication.adopting import account
from tests.replication.folding import Folding
from tests.replication.scripted_log import ScriptedLog
from tests.replication.written_log import HOME, PEER, RECORD_KEY, THIRD, SharedLog, WrittenLog, created

MUCH = 1 << 30


class Carrying:
    """A region whose log is folded in steps of any size."""

    def __init__(self) -> None:
        self.log, self.folding, self.scripted = WrittenLog(), Folding(), ScriptedLog()
        self.shared = {region: SharedLog(region) for region in (PEER, THIRD)}
        self.log.open()
        self.handed_on = HandedOn(HOME, self.folding.store, self.scripted, RECORD_KEY)

    def adopt(self, region: str) -> None:
        number = len(self.shared[region].records)
        self.log.adopt(self.shared[region].share(account(number * 10 + (region == PEER))))

    def fold(self, *steps: int) -> None:
        """Fold what has been written, so many records in each transaction, and the rest at last."""
        rest = self.log.records[self.folding.end :]
        self.scripted.write(0, rest)
        for step in steps:
            self.folding.apply(*rest[:step])
            rest = rest[step:]
        self.folding.apply(*rest)

    async def read(self, region: str, start: int, limit: int = 1000, most_bytes: int = MUCH) -> Sequence[Entry]:
        return await self.handed_on.read(region, 0, start, limit, most_bytes)


def entries(records: Sequence[bytes], start: int) -> list[Entry]:
    return [Entry(number - 1, record) for number, record in enumerate(records, 1)][start - 1 :]


@pytest.mark.parametrize("seed", range(20))
async def test_every_record_is_found_however_the_log_was_folded(seed: int) -> None:
    chance, carrying = random.Random(seed), Carrying()
    for number in range(120):
        match chance.choice(["own", PEER, THIRD]):
            case "own":
                carrying.log.write(created(number))
            case region:
                carrying.adopt(region)
    carrying.fold(*(chance.randrange(1, 30) for _ in range(chance.randrange(6))))
    for region in (PEER, THIRD):
        records = carrying.shared[region].records
        for start in (1, 2, len(records), chance.randrange(1, len(records))):
            assert await carrying.read(region, start) == entries(records, start)
        assert await carrying.read(region, len(records) + 1) == []
    assert await carrying.read("sa-east-1", 1) == []


async def test_what_lies_between_is_not_read() -> None:
    carrying = Carrying()
    carrying.adopt(PEER)
    for number in range(5_000):
        carrying.log.write(created(number))
    carrying.adopt(PEER)
    carrying.fold(*[500] * 10)
    read = list[int]()
    reading = carrying.scripted.read

    async def counted(partition: int, start: int, limit: int) -> Sequence[Entry]:
        found = await reading(partition, start, limit)
        read.append(len(found))
        return found

    carrying.handed_on._local.read = counted  # type: ignore[method-assign]
    assert len(await carrying.read(PEER, 1)) == 2
    assert sum(read) <= 1_500


async def test_an_answer_has_its_bounds() -> None:
    carrying = Carrying()
    for _ in range(10):
        carrying.adopt(PEER)
    carrying.fold()
    records = carrying.shared[PEER].records
    assert await carrying.read(PEER, 3, limit=2) == entries(records, 3)[:2]
    assert await carrying.read(PEER, 3, most_bytes=1) == entries(records, 3)[:1]
    assert await carrying.read(PEER, 3, most_bytes=len(records[2]) + 1) == entries(records, 3)[:2]


async def test_junk_that_somebody_writes_into_the_log_is_not_handed_on() -> None:
    carrying, forged = Carrying(), WrittenLog(key=RECORD_KEY._replace(secret=b"another".ljust(32, b".")))
    forged.open()
    junk = forged.adopt(SharedLog(PEER).share(account(77)))
    carrying.log.records.insert(1, junk)
    carrying.log.records.insert(1, b"junk")
    carrying.adopt(PEER)
    carrying.fold()
    assert await carrying.read(PEER, 1) == entries(carrying.shared[PEER].records, 1)


async def test_only_what_was_adopted_is_handed_on() -> None:
    """A record that stands in the log, and is not folded yet or came to nothing, is nobody's."""
    carrying = Carrying()
    carrying.adopt(PEER)
    carrying.fold()
    carrying.adopt(PEER)
    carrying.scripted.write(0, carrying.log.records[-1:])
    assert len(await carrying.read(PEER, 1)) == 1


async def test_a_state_that_is_built_anew_hands_on_the_same() -> None:
    carrying = Carrying()
    for _ in range(30):
        carrying.adopt(PEER)
        carrying.adopt(THIRD)
    carrying.fold(*[1] * 61)
    before = await carrying.read(THIRD, 5)
    carrying.folding = Folding()
    carrying.folding.apply(*carrying.log.records)
    carrying.handed_on = HandedOn(HOME, carrying.folding.store, carrying.scripted, RECORD_KEY)
    assert before == await carrying.read(THIRD, 5) == entries(carrying.shared[THIRD].records, 5)
