"""What the fold makes of honest logs: conditions, repeated commands, adoptions, publication."""

from pathlib import Path

import pytest
from msgspec.structs import astuple

from replication.fold import applying, history
from replication.fold.judge import Verdict
from replication.records.body import decode_shared
from replication.records.position import Head
from replication.records.record import Author, decode_envelope, record_hash
from replication.sharing.publication import shared_log
from replication.state.lmdb_store import LmdbStore
from replication.state.state_store import COMMANDS, HISTORY, INDEXES, partition_prefix
from replication.state.view import SnapshotView
from shared import birthplace
from shared import events as e
from shared.evolve import evolve
from shared.fold import Fold
from shared.identifiers import access_key_id, alias_stream, key_stream
from shared.identity.model import AccessKey
from shared.keys.model import ENABLED, Key
from tests.replication.folding import Folding, folded
from tests.replication.written_log import (
    ACCOUNT,
    HOME,
    OTHER_NODE,
    PEER,
    START,
    THIRD,
    SharedLog,
    WrittenLog,
    created,
    described,
    hash_of,
    key_id,
    multi_region_key_id,
    shared_form,
    stream,
)

APPLIED, VOID, REPEATED, OPENING = Verdict.APPLIED, Verdict.VOID, Verdict.REPEATED, Verdict.OPENING
OVERREACH = Verdict.OVERREACH
ALIAS = "alias/one"


@pytest.fixture
def log() -> WrittenLog:
    written = WrittenLog()
    written.open()
    return written


def test_events_make_states_and_revisions(log: WrittenLog) -> None:
    log.write(created(1))
    log.write(described(1, "text"), expected={stream(1): 1})
    folding = folded(log.records)
    assert [outcome.verdict for outcome in folding.outcomes] == [OPENING, APPLIED, APPLIED]
    assert [outcome.sequence for outcome in folding.outcomes] == [1, 2, 3]
    assert [outcome.record_hash for outcome in folding.outcomes] == [hash_of(record) for record in log.records]
    row = folding.row(stream(1))
    expected = evolve(None, created(1), Fold(HOME, START + 2000))
    assert isinstance(expected, Key)
    assert row == (2, expected._replace(description="text"), False)
    assert folding.head.head == log.head
    assert folding.alarms == []


@pytest.mark.parametrize("expected", [0, 1, 3])
def test_a_record_whose_condition_does_not_hold_is_void_for_everyone(log: WrittenLog, expected: int) -> None:
    log.write(created(1))
    log.write(described(1, "first"), expected={stream(1): 1})
    log.write(described(1, "second"), expected={stream(1): expected}, shared=[shared_form(1)])
    folding = folded(log.records)
    assert astuple(folding.outcomes[-1])[1:4] == (VOID, 4, "")
    row = folding.row(stream(1))
    assert (row.revision, row.state.description) == (2, "first")  # type: ignore[union-attr]
    assert folding.outbox() == []
    assert folding.alarms == []


def test_one_failing_condition_of_several_voids_the_whole_record(log: WrittenLog) -> None:
    log.write(created(1), created(2))
    log.write(described(1, "x"), described(2, "y"), expected={stream(1): 1, stream(2): 2})
    folding = folded(log.records)
    assert folding.outcomes[-1].verdict is VOID
    assert [folding.row(stream(number)).revision for number in (1, 2)] == [1, 1]


def test_a_condition_on_a_stream_without_an_event_counts_as_naming_it(log: WrittenLog) -> None:
    log.write(created(1))
    log.write(e.AliasCreated(ACCOUNT, ALIAS, key_id(1)), expected={stream(1): 1, alias_stream(ACCOUNT, ALIAS): 0})
    folding = folded(log.records)
    assert folding.outcomes[-1].verdict is APPLIED
    assert folding.row(stream(1)).revision == 2


def test_a_void_command_may_come_again_under_its_id(log: WrittenLog) -> None:
    log.write(created(1))
    log.write(described(1, "lost"), expected={stream(1): 0}, command_id=b"command")
    log.write(described(1, "won"), expected={stream(1): 1}, command_id=b"command")
    folding = folded(log.records)
    assert [outcome.verdict for outcome in folding.outcomes[-2:]] == [VOID, APPLIED]


def test_a_repeated_command_changes_nothing_and_gets_the_first_answer(log: WrittenLog) -> None:
    log.write(created(1), command_id=b"command", answer=key_id(1))
    log.write(created(2), command_id=b"command", answer=key_id(2), shared=[shared_form(2)])
    folding = folded(log.records)
    assert astuple(folding.outcomes[-1])[1:4] == (REPEATED, 3, key_id(1))
    assert folding.row(stream(2)).state is None
    assert folding.outbox() == []


def test_a_repeated_command_that_answered_nothing_changes_nothing_in_the_same_batch(log: WrittenLog) -> None:
    log.write(created(1))
    log.write(described(1, "once"), command_id=b"command", answer="")
    log.write(described(1, "twice"), command_id=b"command", answer="")
    folding = folded(log.records)
    assert folding.outcomes[-1].verdict is REPEATED
    assert folding.row(stream(1)).revision == 2


def test_a_repetition_wins_over_a_condition_that_no_longer_holds(log: WrittenLog) -> None:
    log.write(created(1), expected={stream(1): 0}, command_id=b"command", answer="first")
    log.write(created(1), expected={stream(1): 0}, command_id=b"command", answer="second")
    assert astuple(folded(log.records).outcomes[-1])[1:4] == (REPEATED, 3, "first")


MINUTE = 60_000


@pytest.mark.parametrize(
    ("records", "minutes", "remembered"),
    [(30, 14, True), (30, 60, True), (210, 14, True), (210, 16, False)],
)
def test_a_command_id_is_forgotten_when_old_and_far_back(
    log: WrittenLog, monkeypatch: pytest.MonkeyPatch, records: int, minutes: int, remembered: bool
) -> None:
    monkeypatch.setattr(history, "COMMANDS_KEPT", 100)
    log.write(created(1), command_id=b"command", answer="first", time=START)
    for _ in range(records):
        log.write(described(1, "later"), time=START + minutes * MINUTE)
    log.write(described(1, "again"), command_id=b"command", answer="second")
    assert folded(log.records).outcomes[-1].verdict is (REPEATED if remembered else APPLIED)


def test_ten_thousand_records_are_kept_by_default() -> None:
    assert (history.COMMANDS_KEPT, history.COMMAND_AGE_MS) == (10_000, 15 * MINUTE)


@pytest.mark.parametrize("wrong", [START + 10**12, 0])
def test_one_wrong_clock_neither_forgets_for_all_nor_keeps_for_ever(
    log: WrittenLog, monkeypatch: pytest.MonkeyPatch, wrong: int
) -> None:
    monkeypatch.setattr(history, "COMMANDS_KEPT", 100)
    log.write(created(1), time=START)
    log.write(described(1, "wrong clock"), time=wrong)
    for number in range(300):
        log.write(described(1, "later"), time=START + number * MINUTE)
    folding = folded(log.records)
    assert folding.head.log_time == START + 249 * MINUTE
    assert folding.head.oldest == folding.head.head.sequence - 100 + 1
    with folding.store.read() as snapshot:
        prefix = partition_prefix(0)
        assert len(list(snapshot.scan(HISTORY, prefix, prefix))) == 100
        assert len(list(snapshot.scan(COMMANDS, prefix, prefix))) == 100


def test_indexes_follow_the_state(log: WrittenLog) -> None:
    log.write(created(1), created(2))
    log.write(e.AliasCreated(ACCOUNT, ALIAS, key_id(1)), e.AliasCreated(ACCOUNT, "alias/two", key_id(1)))
    folding = folded(log.records)

    def aliases(number: int) -> list[str]:
        with folding.store.read() as snapshot:
            return [alias.alias for alias in SnapshotView(snapshot, 1).aliases_of(ACCOUNT, key_id(number), "")]

    assert aliases(1) == [ALIAS, "alias/two"]
    folding.apply(log.write(e.AliasRetargeted(ACCOUNT, ALIAS, key_id(2))))
    assert (aliases(1), aliases(2)) == (["alias/two"], [ALIAS])
    folding.apply(log.write(e.AliasDeleted(ACCOUNT, ALIAS)))
    assert (aliases(1), aliases(2)) == (["alias/two"], [])
    assert folding.row(alias_stream(ACCOUNT, ALIAS))[:2] == (3, None)
    with folding.store.read() as snapshot:
        assert len(list(snapshot.scan(INDEXES, b"", b""))) == 1


ACCESS_KEY = access_key_id(ACCOUNT, 7)
OTHERS_ACCOUNT = "333333333333"


@pytest.mark.parametrize("claimed_first", [True, False])
def test_no_account_takes_over_anothers_access_key(log: WrittenLog, claimed_first: bool) -> None:
    """A peer's own account may say that it has an access key of any id: requests never find it there."""
    peer = SharedLog(PEER)
    claims = (
        e.AccountCreated(OTHERS_ACCOUNT, PEER, "name"),
        e.UserCreated(OTHERS_ACCOUNT, "user", "AIDA"),
        e.AccessKeyCreated(OTHERS_ACCOUNT, "user", ACCESS_KEY),
    )
    claim = [peer.share(event) for event in claims]
    for record in claim * claimed_first:
        log.adopt(record)
    log.write(e.AccessKeyCreated(ACCOUNT, "user", ACCESS_KEY, b"wrapped"))
    for record in claim * (not claimed_first):
        log.adopt(record)
    folding = folded(log.records)
    assert [outcome.verdict for outcome in folding.outcomes[1:]] == [APPLIED] * 4
    with folding.store.read() as snapshot:
        found = SnapshotView(snapshot, 1).access_key(ACCESS_KEY)
    assert isinstance(found, AccessKey)
    assert (found.account, found.wrapped) == (ACCOUNT, b"wrapped")


MULTI = key_stream(ACCOUNT, multi_region_key_id(1))


def multi_region(number: int) -> e.KeyCreated:
    return created(number, multi_region_key_id(number), HOME)


def test_what_is_shared_is_framed_for_the_publisher(log: WrittenLog) -> None:
    log.write(multi_region(1), e.AliasCreated(ACCOUNT, ALIAS, key_id(1)), shared=[shared_form(1, PEER)])
    log.write(created(9))
    second = log.write(multi_region(2), shared=[shared_form(2, PEER)])
    folding = folded(log.records)
    first, last = map(decode_envelope, folding.outbox())
    assert (first.sequence, last.sequence) == (1, 2)
    assert last.previous == record_hash(folding.outbox()[0])
    assert folding.head.shared == Head(2, record_hash(folding.outbox()[1]))
    assert first.log == shared_log(HOME)
    assert first.author == Author(HOME, None, None)
    assert first.streams == ((MULTI, None),)
    assert first.request is None
    assert first.body is None
    assert decode_shared(first.shared or b"") == (shared_form(1, PEER),)
    assert hash_of(second) not in folding.outbox()[1]


def test_the_outbox_of_a_rebuild_is_the_same_bytes(log: WrittenLog, tmp_path: Path) -> None:
    peer = SharedLog(PEER)
    log.adopt(peer.share(e.KeyDisabled(ACCOUNT, "none")))
    log.write(multi_region(1), shared=[shared_form(1, PEER)])
    log.write(multi_region(2), shared=[shared_form(2, PEER, THIRD)])
    one_by_one, rebuilt = Folding(), folded(log.records, LmdbStore(tmp_path, writer=True))
    for record in log.records:
        one_by_one.apply(record)
    assert one_by_one.outbox() == rebuilt.outbox() != []
    assert decode_envelope(rebuilt.outbox()[0]).adopted == {PEER: 1}


def adoptable(number: int) -> e.KeyCreated:
    event = created(number, multi_region_key_id(number), PEER)
    return event._replace(materials=tuple(m._replace(wrapped=None, sealed={HOME: b"s"}) for m in event.materials))


def given(number: int) -> e.KeyReplicated:
    """The key of `adoptable`, given to HOME."""
    born = adoptable(number)
    return e.KeyReplicated(*born[:6], primary_region=PEER, replica_regions=(HOME,), replica_region=HOME)


def test_an_adoption_folds_the_shared_record_with_this_regions_secrets(log: WrittenLog) -> None:
    peer = SharedLog(PEER)
    log.adopt(peer.share(adoptable(1)))
    record = peer.share(given(1))
    log.adopt(record, {f"{1:064x}": b"wrapped here"}, time=log.time)
    folding = folded(log.records)
    key = folding.row(MULTI).state
    assert isinstance(key, Key)
    assert (key.state, key.created_at, key.primary_region) == (ENABLED, START + 2, PEER)
    assert key.current_material.wrapped == b"wrapped here"
    assert folding.head.adopted == {PEER: Head(2, hash_of(record))}
    assert folding.outbox() == []


def test_an_adoption_keeps_no_secrets_of_a_key_that_the_region_does_not_hold(log: WrittenLog) -> None:
    log.adopt(SharedLog(PEER).share(adoptable(1)), {f"{1:064x}": b"wrapped here"}, time=log.time)
    key = folded(log.records).row(MULTI).state
    assert isinstance(key, Key)
    assert (key.state, key.created_at, key.primary_region) == (None, START + 1, PEER)
    assert key.current_material.wrapped is None


def test_who_has_heard_of_a_key_of_another_region_does_not_come_first(log: WrittenLog) -> None:
    """PEER reads of a key of THIRD and claims its id, and its record is adopted here before THIRD's."""
    key_id = birthplace.multi_region_key_id(THIRD, b"8 random")
    claimed, born = (created(1, key_id, region) for region in (PEER, THIRD))
    log.adopt(SharedLog(PEER).share(claimed))
    log.adopt(SharedLog(THIRD).share(born))
    folding = folded(log.records)
    assert [outcome.verdict for outcome in folding.outcomes[1:]] == [Verdict.OVERREACH, Verdict.APPLIED]
    key = folding.row(key_stream(ACCOUNT, key_id)).state
    assert isinstance(key, Key)
    assert key.primary_region == THIRD


def test_adoptions_apply_in_the_order_of_their_origin_and_once(log: WrittenLog) -> None:
    peer = SharedLog(PEER)
    first, second = peer.share(adoptable(1)), peer.share(adoptable(2))
    for record in (second, first, first, second, second):
        log.adopt(record)
    folding = folded(log.records)
    verdicts = [outcome.verdict for outcome in folding.outcomes[1:]]
    assert verdicts == [VOID, APPLIED, VOID, APPLIED, VOID]
    assert folding.head.adopted[PEER] == peer.head
    assert folding.alarms == []


def test_an_adoption_comes_after_what_caused_it(log: WrittenLog) -> None:
    peer, third = SharedLog(PEER), SharedLog(THIRD)
    cause, effect = third.share(adoptable(1)), peer.share(adoptable(2), adopted={THIRD: 1})
    for record in (effect, cause, effect):
        log.adopt(record)
    assert [outcome.verdict for outcome in folded(log.records).outcomes[1:]] == [VOID, APPLIED, APPLIED]


def test_an_adoption_may_rest_on_what_this_region_shared(log: WrittenLog) -> None:
    effect = SharedLog(PEER).share(adoptable(2), adopted={HOME: 1})
    log.adopt(effect)
    log.write(multi_region(1), shared=[shared_form(1, PEER)])
    log.adopt(effect)
    verdicts = [outcome.verdict for outcome in folded(log.records).outcomes[1:]]
    assert verdicts == [VOID, APPLIED, APPLIED]


def test_two_nodes_share_one_partition(log: WrittenLog) -> None:
    log.open(OTHER_NODE)
    log.write(created(1))
    log.write(described(1, "other"), node=OTHER_NODE, expected={stream(1): 1})
    log.write(described(1, "first again"), expected={stream(1): 2})
    folding = folded(log.records)
    assert [outcome.verdict for outcome in folding.outcomes] == [OPENING, OPENING, APPLIED, APPLIED, APPLIED]
    assert folding.head.head == log.head


def test_a_batch_that_is_empty_changes_nothing(log: WrittenLog) -> None:
    folding = folded(log.records)
    before = folding.digest(), folding.materializer.position(0)
    assert folding.apply() == []
    assert (folding.digest(), folding.materializer.position(0)) == before


def test_a_peers_record_about_anothers_key_is_passed_by_with_an_alarm(log: WrittenLog) -> None:
    log.write(created(1))
    overreaching = SharedLog(PEER).share(e.KeyDisabled(ACCOUNT, key_id(1)))
    log.adopt(overreaching)
    folding = folded(log.records)
    assert [outcome.verdict for outcome in folding.outcomes[1:]] == [APPLIED, OVERREACH]
    assert folding.row(stream(1)) == folded(log.records[:2]).row(stream(1))
    assert folding.head.adopted[PEER].sequence == 1
    assert [alarm.verdict for alarm in folding.alarms] == [OVERREACH]


def test_a_peers_record_that_cannot_be_judged_changes_nothing_and_stops_nobody(
    log: WrittenLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> str:
        raise TypeError("unforeseen")

    monkeypatch.setattr(applying, "overreach", fails)
    log.adopt(SharedLog(PEER).share(adoptable(1)))
    log.write(created(2))
    folding = folded(log.records)
    assert [outcome.verdict for outcome in folding.outcomes[1:]] == [OVERREACH, APPLIED]
    assert folding.row(MULTI).state is None
    assert "unforeseen" in folding.alarms[0].reason
