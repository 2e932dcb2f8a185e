"""What arrives in an audit log: the same again, out of order, changed, foreign, in part lost."""

from contextlib import closing
from itertools import permutations
from pathlib import Path

import msgspec
import pytest

from replication.records.record import RecordKey, authenticate
from services.audit.trail import segment
from services.audit.trail.chains import Standing
from services.audit.trail.forms import Query
from services.audit.trail.trail import Trail
from services.audit.trail.writer import LOG_LOST, NEVER_CAME, WAIT_MILLISECONDS, TrailWriter
from shared.audit.entry import encode_entry
from shared.audit.frame import ChainHead, encode_frame, frame_of
from tests.services.audit.making import CHAIN, KEY, NOW, Chaining, archived, batch, entry, opened


def _numbers(directory: Path) -> list[int]:
    trail = Trail(directory)
    numbers = [arrived.frame.first for arrived in trail.frames(0, 1000)]
    trail.close()
    return numbers


@pytest.mark.parametrize("order", [*permutations(range(4))])
def test_in_whatever_order_frames_come_each_is_kept_once_and_in_its_place(tmp_path: Path, order: tuple[int]) -> None:
    writer, made = opened(tmp_path), Chaining().frames(4)
    for position, number in enumerate((*order, *order)):
        writer.ingest(batch([made[number]], position))
    assert _numbers(tmp_path) == [1, 2, 3, 4]
    assert not writer.waiting()
    assert not writer.books.counts()


def test_a_frame_that_waits_is_told_and_not_yet_found(tmp_path: Path) -> None:
    writer, made = opened(tmp_path), Chaining().frames(3)
    writer.ingest(batch([made[0], made[2]]))
    assert writer.waiting() == {CHAIN}
    assert len(Trail(tmp_path).lookup(Query())) == 1


def test_what_waits_outlives_a_restart_and_a_new_segment(tmp_path: Path) -> None:
    made, others = Chaining().frames(2), Chaining("another").frames(30)
    first = opened(tmp_path)
    first.ingest(batch([made[1], *others]))
    first.close()
    again = opened(tmp_path)
    assert again.waiting() == {CHAIN}
    again.ingest(batch([made[0]]))
    assert again.heads()[CHAIN].number == 2


def test_a_sealed_segment_is_read_whole_though_a_reader_has_kept_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segment, "BUSY_SECONDS", 0.01)
    writer, made = opened(tmp_path), Chaining().frames(12)
    writer.ingest(batch(made[:5]))
    sealed = segment.segment_file(tmp_path, 1)
    with closing(segment.open_to_read(sealed)) as early:
        early.execute("BEGIN")
        early.execute("SELECT count(*) FROM frames").fetchone()
        for position, frame in enumerate(made[5:], 5):
            writer.ingest(batch([frame], position))
        assert len(segment.segments_in(tmp_path)) == 2
        assert sealed.with_name(f"{sealed.name}-wal").stat().st_size
        assert [number for _, number in archived(tmp_path)] == [*range(1, 13)]


def test_what_never_comes_becomes_a_hole_and_the_chain_goes_on(tmp_path: Path) -> None:
    made = Chaining().frames(5)
    early = opened(tmp_path)
    early.ingest(batch([made[0], made[2], made[3]]))
    early.give_up_waiting()
    assert early.waiting()
    early.close()
    late = opened(tmp_path, now=NOW + WAIT_MILLISECONDS)
    late.give_up_waiting()
    (hole,) = late.books.holes()
    assert (hole.chain, hole.first, hole.last, hole.previous, hole.reason) == (
        CHAIN,
        2,
        2,
        made[2].previous,
        NEVER_CAME,
    )
    late.ingest(batch([made[4]]))
    assert _numbers(tmp_path) == [1, 3, 4, 5]


def test_what_comes_after_it_was_given_up_is_neither_kept_nor_a_fork(tmp_path: Path) -> None:
    made = Chaining().frames(3)
    opened(tmp_path).ingest(batch([made[0], made[2]]))
    late = opened(tmp_path, now=NOW + WAIT_MILLISECONDS)
    late.give_up_waiting()
    late.ingest(batch([made[1]]))
    assert (_numbers(tmp_path), late.books.counts()) == ([1, 3], {})


def test_another_frame_under_numbers_that_are_taken_is_a_fork(tmp_path: Path) -> None:
    writer, chaining = opened(tmp_path), Chaining()
    writer.ingest(batch(chaining.frames(15)))
    writer.ingest(batch([Chaining().frame(entry(99))]))
    assert writer.books.counts() == {"fork": 1}
    assert writer.heads()[CHAIN] == chaining.head


def test_a_frame_that_rests_on_another_history_is_a_fork(tmp_path: Path) -> None:
    writer, other = opened(tmp_path), Chaining()
    writer.ingest(batch([Chaining().frame(entry(1))]))
    other.frame(entry(2))
    writer.ingest(batch([other.frame(entry(3))]))
    assert (writer.books.counts(), writer.met[Standing.FORK], _numbers(tmp_path)) == ({"fork": 1}, 1, [1])


def test_a_frame_that_goes_beyond_the_head_and_begins_before_it_is_a_fork(tmp_path: Path) -> None:
    writer = opened(tmp_path)
    writer.ingest(batch(Chaining().frames(2)))
    writer.ingest(batch([Chaining().frame(entry(0), entry(1), entry(2))]))
    assert (writer.books.counts(), _numbers(tmp_path)) == ({"fork": 1}, [1, 2])


def test_an_entry_that_was_changed_on_the_way_is_told_and_its_frame_is_not_kept(tmp_path: Path) -> None:
    writer, made = opened(tmp_path), Chaining().frame(entry(1), entry(2))
    changed = msgspec.structs.replace(made, entries=(made.entries[0], made.entries[1] + b"\0"))
    writer.ingest(batch([changed]))
    assert (writer.books.counts(), _numbers(tmp_path)) == ({"broken": 1}, [])
    writer.ingest(batch([made]))
    assert _numbers(tmp_path) == [1]


@pytest.mark.parametrize("junk", [b"", b"junk", authenticate(b"junk", RecordKey("region", b"x" * 32))])
def test_what_is_not_the_regions_is_passed_over_and_counted(tmp_path: Path, junk: bytes) -> None:
    writer = opened(tmp_path)
    writer.ingest(batch([junk, Chaining().frame(entry(1))]))
    assert (writer.met["foreign"], _numbers(tmp_path)) == (1, [1])


def test_a_frame_under_another_regions_key_is_foreign(tmp_path: Path) -> None:
    writer = opened(tmp_path)
    writer.ingest(batch([authenticate(encode_frame(Chaining().frame(entry(1))), RecordKey("other", KEY.secret))]))
    assert (writer.met["foreign"], _numbers(tmp_path)) == (1, [])


def test_what_is_no_frame_goes_to_who_knows_it(tmp_path: Path) -> None:
    taken: list[bytes] = []

    def take(signed: bytes) -> bool:
        taken.append(signed)
        return signed == b"a digest"

    writer = TrailWriter(tmp_path, KEY, lambda: NOW, lambda _: (take,))
    writer.ingest(batch([authenticate(b"a digest", KEY), authenticate(b"a riddle", KEY)]))
    assert (taken, writer.met["unknown"]) == ([b"a digest", b"a riddle"], 1)


def test_an_entry_of_a_later_version_is_kept_and_keeps_no_other_from_being_found(tmp_path: Path) -> None:
    later = frame_of(CHAIN, ChainHead(), [b"\xc1", encode_entry(entry(1))])
    writer = opened(tmp_path)
    writer.ingest(batch([later]))
    assert [found.number for found in Trail(tmp_path).lookup(Query())] == [2]
    assert (_numbers(tmp_path), writer.met["unreadable"]) == ([1], 1)


def test_the_place_in_the_log_moves_with_what_was_taken_up(tmp_path: Path) -> None:
    writer = opened(tmp_path)
    assert writer.position("log") == 0
    writer.ingest(batch(Chaining().frames(3), 5))
    writer.close()
    assert opened(tmp_path).position("log") == 8


def test_a_batch_that_fails_half_way_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer, made = opened(tmp_path), Chaining().frames(3)
    writer.position("log")

    def fail(signed: bytes) -> bool:
        raise OSError("the disk is full")

    monkeypatch.setattr(writer, "_takers", (fail,))
    with pytest.raises(OSError, match="full"):
        writer.ingest(batch([*made, authenticate(b"a digest", KEY)]))
    monkeypatch.undo()
    assert (_numbers(tmp_path), writer.position("log"), writer.heads()) == ([], 0, {})
    writer.ingest(batch(made))
    assert _numbers(tmp_path) == [1, 2, 3]


def test_a_log_that_was_made_anew_is_read_from_its_beginning_and_chains_go_on(tmp_path: Path) -> None:
    writer, chaining = opened(tmp_path), Chaining()
    writer.position("old")
    writer.ingest(batch(chaining.frames(2)))
    lost, kept = chaining.frames(2)
    assert writer.position("new") == 0
    writer.ingest(batch([kept]))
    (hole,) = writer.books.holes()
    assert ((hole.first, hole.last, hole.reason), _numbers(tmp_path)) == ((3, 3, LOG_LOST), [1, 2, 4])
    assert writer.books.counts() == {"new logs": 1}
    assert lost.first == 3


def test_only_the_first_gap_of_a_chain_is_put_down_to_the_lost_log(tmp_path: Path) -> None:
    writer, chaining = opened(tmp_path), Chaining()
    writer.position("old")
    writer.position("new")
    made = chaining.frames(5)
    writer.ingest(batch([made[1], made[3]]))
    assert writer.waiting() == {CHAIN}
    assert [(hole.first, hole.last) for hole in writer.books.holes()] == [(1, 1)]


def test_a_chain_that_lost_nothing_with_the_log_has_no_hole(tmp_path: Path) -> None:
    writer, chaining = opened(tmp_path), Chaining()
    writer.position("old")
    made = chaining.frames(3)
    writer.ingest(batch(made[:2]))
    writer.position("new")
    writer.ingest(batch(made))
    assert (_numbers(tmp_path), writer.books.holes()) == ([1, 2, 3], [])
