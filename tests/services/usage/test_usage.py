"""The usage of a node: counted once from the trail, kept for 13 months, and read by other processes."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
import pytest

from services.region_node.worker.usage_store import LastUse
from services.usage import usage_writer
from services.usage.lives_round import LivesRound
from services.usage.tally_round import TallyRound
from services.usage.usage_file import UsageUnavailable, usage_file
from services.usage.usage_reader import UsageReader
from services.usage.usage_writer import HOURS_KEPT_DAYS, KEPT_DAYS
from shared import events as e
from shared.audit.frame import entry_id
from shared.cost.key_life import KeyLife
from shared.keys.times import MILLISECONDS_PER_DAY, MILLISECONDS_PER_HOUR
from shared.usage.report import totals
from tests.replication.folding import Folding
from tests.replication.written_log import ACCOUNT as LOG_ACCOUNT
from tests.replication.written_log import WrittenLog
from tests.services.region_node.counted_store import CountedStore
from tests.services.usage.entries import CHAIN, KEY, TIME, FakeTrail, entry
from tests.shared.usage.test_tally import ACCOUNT, ALICE, OTHER_KEY

GRANT, OTHER_GRANT = "ab" * 32, "cd" * 32
HIT = {"ScreamTest": {"Test": "0123456789abcdef", "Key": KEY}}


class Counting:
    """A trail and the round that counts it."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.now = directory / "trail", TIME
        self.trail = FakeTrail()
        self.start()

    def start(self) -> None:
        self.round = TallyRound(self.trail, self.directory, lambda: self.now)

    @contextmanager
    def reader(self) -> Iterator[UsageReader]:
        with closing(UsageReader(usage_file(self.directory))) as reader:
            yield reader

    def uses(self) -> int:
        with self.reader() as reader:
            return sum(count.uses for count in reader.tallies().values())


@pytest.fixture
def counting(tmp_path: Path) -> Iterator[Counting]:
    made = Counting(tmp_path)
    yield made
    made.round.close()


async def test_what_comes_into_the_trail_is_counted_and_read_beside_the_writer(counting: Counting) -> None:
    counting.trail.arrive(entry(), entry("Decrypt", time=TIME + 5, request_id="the last"))
    counting.trail.arrive(entry(error=("AccessDeniedException", "no"), resources=(OTHER_KEY,)))
    assert counting.round.figures() == {"usage_behind": 2}
    await counting.round.run()
    assert counting.round.figures() == {"usage_behind": 0}
    with counting.reader() as reader:
        assert reader.since() == TIME
        found = totals(reader.tallies(), ("key", "operation", "outcome"))
        assert {name: count.uses for name, count in found.items()} == {
            (KEY, "Encrypt", "done"): 1,
            (KEY, "Decrypt", "done"): 1,
            (OTHER_KEY, "Encrypt", "denied"): 1,
        }
        frame = counting.trail.arrived[0]
        event_id = entry_id(frame.leaves[1], CHAIN, 2, ACCOUNT)
        assert reader.last_use(KEY) == LastUse("Decrypt", TIME + 5, "the last", event_id)
        assert reader.last_use(OTHER_KEY) is None
        assert reader.last_uses() == {KEY: LastUse("Decrypt", TIME + 5, "the last", event_id)}


async def test_an_entry_that_comes_late_does_not_take_the_last_use_back(counting: Counting) -> None:
    for time in (TIME + 5, TIME):
        counting.trail.arrive(entry("Decrypt", time=time))
        await counting.round.run()
    with counting.reader() as reader:
        last = reader.last_use(KEY)
    assert last is not None
    assert last.time == TIME + 5


async def test_an_entry_is_counted_once_whatever_ends_and_starts_in_between(counting: Counting) -> None:
    for number in range(120):
        counting.trail.arrive(entry(request_id=str(number)))
        if number % 40 == 0:
            await counting.round.run()
            counting.round.close()
            counting.start()
    await counting.round.run()
    await counting.round.run()
    assert counting.uses() == 120


async def test_a_trail_that_begins_anew_and_brings_old_frames_again_changes_nothing(counting: Counting) -> None:
    for number in range(5):
        counting.trail.arrive(entry(request_id=str(number)))
    await counting.round.run()
    counting.trail.arrived = counting.trail.arrived[1:3]
    await counting.round.run()
    counting.trail.arrive(entry())
    await counting.round.run()
    assert counting.uses() == 6


async def test_counts_that_cannot_be_written_are_counted_at_the_next_turn(
    counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    counting.trail.arrive(entry())
    with monkeypatch.context() as broken:
        broken.setattr(usage_writer, "_USE", "INSERT INTO no_such_table VALUES(?, ?, ?, ?, ?)")
        with pytest.raises(UsageUnavailable):
            await counting.round.run()
    await counting.round.run()
    assert counting.uses() == 1


async def test_usage_is_known_from_when_the_trail_has_dropped_what_was_not_counted(counting: Counting) -> None:
    counting.trail.arrive(entry())
    await counting.round.run()
    counting.now += 7
    for _ in range(2):
        counting.trail.arrive(entry())
    counting.trail.dropped = 2
    await counting.round.run()
    assert counting.uses() == 2
    with counting.reader() as reader:
        assert reader.since() == TIME + 7


async def test_entries_of_no_form_are_passed_over(counting: Counting) -> None:
    counting.trail.arrive(entry())
    counting.trail.arrived[0] = msgspec.structs.replace(counting.trail.arrived[0], entries=(b"\xc1",))
    counting.trail.arrive(entry())
    await counting.round.run()
    assert counting.uses() == 1


async def test_usage_is_read_of_one_key_one_principal_and_some_hours(counting: Counting) -> None:
    counting.trail.arrive(entry(), entry(resources=(OTHER_KEY,)), entry(time=TIME + 2 * MILLISECONDS_PER_HOUR))
    await counting.round.run()
    hour = TIME // MILLISECONDS_PER_HOUR
    with counting.reader() as reader:
        assert len(reader.tallies(key_id=KEY.rpartition("/")[2])) == 2
        assert len(reader.tallies(principal=ALICE)) == 3
        assert not reader.tallies(principal="nobody")
        assert len(reader.tallies(start=hour + 1)) == 1
        assert len(reader.tallies(end=hour + 1)) == 2


async def test_a_scream_test_s_hits_are_named(counting: Counting) -> None:
    error = ("KMSInvalidStateException", "scream test")
    hit = entry(error=error, additional=HIT)
    counting.trail.arrive(hit, entry(error=error, additional=HIT, time=TIME + 9), entry())
    await counting.round.run()
    with counting.reader() as reader:
        ((caller, calls, first, last),) = reader.hits("0123456789abcdef")
        assert caller == ("0123456789abcdef", KEY, ALICE, "192.0.2.1", "Encrypt")
        assert (calls, first, last) == (2, TIME, TIME + 9)
        assert not reader.hits("another")


async def test_hours_become_days_and_what_is_older_than_13_months_is_dropped(counting: Counting) -> None:
    day = MILLISECONDS_PER_DAY
    start = TIME // day * day
    times = [start, start + 3 * MILLISECONDS_PER_HOUR, start + 5 * MILLISECONDS_PER_HOUR, start + day]
    counting.trail.arrive(*(entry(time=time) for time in times))
    await counting.round.run()
    counting.now = start + (HOURS_KEPT_DAYS + 1) * day
    await counting.round.run()
    with counting.reader() as reader:
        found = {counted.hour * MILLISECONDS_PER_HOUR: count for counted, count in reader.tallies().items()}
        assert found == {start: (3, 3, times[2]), start + day: (1, 1, start + day)}
    counting.now = start + (KEPT_DAYS + 1) * day
    await counting.round.run()
    assert counting.uses() == 1
    counting.trail.arrive(entry(time=counting.now))
    counting.now += 2 * day
    await counting.round.run()
    assert counting.uses() == 1
    counting.trail.arrive(entry(time=counting.now))
    await counting.round.run()
    assert counting.uses() == 2


def test_where_nothing_has_been_counted_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageUnavailable, match="cannot be opened"):
        UsageReader(usage_file(tmp_path / "trail"))


async def test_a_file_of_a_later_version_is_not_read(counting: Counting) -> None:
    await counting.round.run()
    with closing(sqlite3.connect(usage_file(counting.directory))) as connection:
        connection.execute("UPDATE facts SET value = 99 WHERE name = 'form'")
        connection.commit()
    with pytest.raises(UsageUnavailable, match="later version"), counting.reader():
        pass


def created(number: int) -> e.KeyCreated:
    key_id = f"00000000-0000-4000-8000-{number:012x}"
    return e.KeyCreated(LOG_ACCOUNT, key_id, materials=(e.MaterialBorn("ab" * 32, key_id, 5, b"w"),))


async def test_the_lives_of_keys_are_remembered_when_the_keys_are_gone(
    counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.usage.lives_round.KEYS_AT_ONCE", 2)
    store, log = CountedStore(), WrittenLog()
    folding = Folding(store)
    log.open()
    log.write(e.AccountCreated(LOG_ACCOUNT, "us-east-1", "name"), *(created(number) for number in range(5)))
    folding.apply(*log.records)
    walk = LivesRound("us-east-1", 1, store, lambda: counting.round.writer, lambda: counting.now)

    async def walked() -> dict[str, KeyLife]:
        for _ in range(4):
            await walk.run()
        with counting.reader() as reader:
            return {life.arn[-1]: life for life in reader.lives()}

    before = await walked()
    assert [*before] == ["0", "1", "2", "3", "4"]
    assert before["0"].ended_at is None
    scheduled = e.KeyDeletionScheduled(LOG_ACCOUNT, created(1).key_id, 7, counting.now + 8 * MILLISECONDS_PER_DAY)
    log.write(e.KeyDeleted(LOG_ACCOUNT, created(0).key_id, "us-east-1", whole=True), scheduled)
    folding.apply(log.records[-1])
    counting.now += MILLISECONDS_PER_HOUR - 1
    assert await walked() == before
    counting.now += 1
    after = await walked()
    assert after["0"] == before["0"]._replace(ended_at=TIME)
    assert after["1"].ended_at == TIME + MILLISECONDS_PER_DAY
    assert [life.ended_at for life in (after["2"], after["3"], after["4"])] == [None] * 3
    log.write(e.KeyDeletionCanceled(LOG_ACCOUNT, created(1).key_id))
    folding.apply(log.records[-1])
    counting.now += MILLISECONDS_PER_HOUR
    assert (await walked())["1"].ended_at is None


async def test_it_is_counted_which_grants_have_permitted_calls_and_since_when_that_is_known(counting: Counting) -> None:
    counting.trail.arrive(entry(additional={"KeyMaterialId": "x", "Grants": [GRANT]}), entry())
    counting.trail.arrive(entry("ReEncrypt", time=TIME + 5, additional={"Grants": [GRANT, OTHER_GRANT]}))
    await counting.round.run()
    with counting.reader() as reader:
        assert reader.grant_uses() == (TIME, {GRANT: TIME + 5, OTHER_GRANT: TIME + 5})
    counting.now = TIME + (KEPT_DAYS + 2) * MILLISECONDS_PER_DAY
    await counting.round.run()
    with counting.reader() as reader:
        assert reader.grant_uses() == (TIME, {})


async def test_where_an_earlier_version_has_counted_nothing_is_known_of_grants(counting: Counting) -> None:
    await counting.round.run()
    with closing(sqlite3.connect(usage_file(counting.directory))) as file:
        file.executescript("DROP TABLE grant_uses; DELETE FROM facts WHERE name = 'grants_since'")
    with counting.reader() as reader:
        assert reader.grant_uses() is None
    counting.round.close()
    counting.now = TIME + 7
    counting.start()
    await counting.round.run()
    with counting.reader() as reader:
        assert (reader.since(), reader.grant_uses()) == (TIME, (TIME + 7, {}))
