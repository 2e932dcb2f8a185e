"""What retention drops, and that the proof of it stays."""

from pathlib import Path

import pytest

from services.audit.retention import (
    BY_AGE,
    BY_SIZE,
    DAY_MILLISECONDS,
    GIGABYTE,
    Retention,
    Segment,
    due_segment,
)
from services.audit.settings import AuditSettings
from services.audit.trail.forms import Dropped, Query
from services.audit.trail.segment import segments_in
from services.audit.trail.trail import Trail
from services.audit.trail.writer import TrailWriter
from shared.audit.cosignature import Seen, encode_cosignature
from shared.audit.frame import ChainHead
from shared.audit.verification import DroppedChain
from tests.services.audit.making import CHAIN, NOW, Chaining, batch, opened

SETTINGS = AuditSettings(kept_days=2, kept_gigabytes=1)
LATER = NOW + 3 * DAY_MILLISECONDS
ALL = 1_000


def _segment(first: int, *, size: int = 1, latest: int = NOW) -> Segment:
    return Segment(first, Path(str(first)), size, latest)


@pytest.mark.parametrize(
    ("segments", "now", "due"),
    [
        ([], LATER, None),
        ([_segment(1), _segment(9)], NOW, None),
        ([_segment(1)], NOW + 2 * DAY_MILLISECONDS, None),
        ([_segment(1), _segment(9)], NOW + 2 * DAY_MILLISECONDS + 1, (1, BY_AGE)),
        ([_segment(1, latest=LATER), _segment(9)], LATER, None),
        ([_segment(1, latest=LATER + 1), _segment(9)], LATER, (1, BY_AGE)),  # by a clock that was ahead
        ([_segment(1, latest=LATER + 1), _segment(9, latest=LATER)], LATER, None),
        ([_segment(1, size=GIGABYTE // 2), _segment(9, size=GIGABYTE // 2)], NOW, None),
        ([_segment(1, size=1), _segment(9, size=GIGABYTE)], NOW, (1, BY_SIZE)),
        ([_segment(1, size=1), _segment(9, size=GIGABYTE)], 0, (1, BY_SIZE)),  # no peer has been heard
    ],
)
def test_the_oldest_segment_goes_for_age_or_size(
    segments: list[Segment], now: int, due: tuple[int, str] | None
) -> None:
    found = due_segment(segments, SETTINGS, now)
    assert (None if found is None else (found[0].first, found[1])) == due


def _filled(directory: Path, count: int = 25) -> TrailWriter:
    """Segments of ten entries each."""
    writer = opened(directory)
    for number, frame in enumerate(Chaining().frames(count)):
        writer.ingest(batch([frame], number))
    return writer


def _retention(directory: Path, writer: TrailWriter, covered: int, *, has_peers: bool = False) -> Retention:
    return Retention(directory, SETTINGS, writer.books, lambda: {CHAIN: covered}, lambda: LATER, has_peers=has_peers)


def _cosign(writer: TrailWriter, number: int, *times: int) -> None:
    """Peers have cosigned that digest, when their clocks said so."""
    for witness, time in enumerate(times):
        seen = Seen(f"witness {witness}", "us-east-1", number, bytes(32), time)
        writer.books.add_cosignature(number, encode_cosignature(seen, lambda _: b"signature"))


def test_nothing_is_dropped_that_no_signed_digest_vouches_for(tmp_path: Path) -> None:
    writer = _filled(tmp_path)
    assert [_retention(tmp_path, writer, covered).drop() for covered in (0, 9)] == [0, 0]
    assert _retention(tmp_path, writer, 19).drop() == 1
    assert [first for first, _ in segments_in(tmp_path)] == [11, 21]


def test_the_segment_that_is_written_never_goes(tmp_path: Path) -> None:
    writer = _filled(tmp_path)
    assert _retention(tmp_path, writer, ALL).drop() == 2
    assert [first for first, _ in segments_in(tmp_path)] == [21]
    assert writer.heads()[CHAIN].number == 25


def test_what_was_dropped_is_told_with_the_edges_of_its_chains(tmp_path: Path) -> None:
    frames = Chaining().frames(25)
    writer = _filled(tmp_path)
    _retention(tmp_path, writer, 10).drop()
    (dropped,) = Trail(tmp_path).dropped()
    assert dropped.chains == (DroppedChain(CHAIN, 1, 10, ChainHead().digest, frames[10].previous),)
    assert (dropped.first, dropped.last, dropped.entries, dropped.reason) == (1, 10, 10, BY_AGE)
    assert (dropped.earliest, dropped.latest, dropped.time) == (NOW, NOW + 9, LATER)


def test_a_reader_that_has_dropped_files_open_finds_them_no_more(tmp_path: Path) -> None:
    writer, trail = _filled(tmp_path), Trail(tmp_path)
    assert len(trail.lookup(Query())) == 25
    _retention(tmp_path, writer, ALL).drop()
    assert [found.number for found in trail.lookup(Query())] == [25, 24, 23, 22, 21]
    with pytest.raises(Dropped) as dropped:
        trail.frames(0, 1)
    assert dropped.value.first == 21


def test_a_frame_that_was_dropped_and_comes_again_is_no_fork(tmp_path: Path) -> None:
    writer = _filled(tmp_path)
    _retention(tmp_path, writer, ALL).drop()
    writer.ingest(batch(Chaining().frames(3)))
    assert (writer.books.counts(), writer.heads()[CHAIN].number) == ({}, 25)


def test_a_crash_between_the_note_and_the_file_is_made_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = _filled(tmp_path)
    monkeypatch.setattr("services.audit.retention._remove", lambda _path: (_ for _ in ()).throw(OSError("crash")))
    with pytest.raises(OSError, match="crash"):
        _retention(tmp_path, writer, 10).drop()
    monkeypatch.undo()
    assert _retention(tmp_path, writer, 10).drop() == 1
    assert [each.first for each in writer.books.dropped()] == [1]


@pytest.mark.parametrize(
    ("times", "dropped"),
    [
        ((), 0),
        ((NOW,), 0),
        ((NOW + 2 * DAY_MILLISECONDS,), 0),
        ((NOW, LATER), 2),
        ((LATER + DAY_MILLISECONDS,), 2),
    ],
)
def test_nothing_grows_old_by_a_clock_that_no_peer_bears_out(
    times: tuple[int, ...], dropped: int, tmp_path: Path
) -> None:
    writer = _filled(tmp_path)
    _cosign(writer, 7, *times)
    assert _retention(tmp_path, writer, ALL, has_peers=True).drop() == dropped


def test_the_last_digest_that_was_cosigned_tells_how_late_it_is(tmp_path: Path) -> None:
    writer = _filled(tmp_path)
    _cosign(writer, 6, LATER)
    _cosign(writer, 7, NOW)
    assert _retention(tmp_path, writer, ALL, has_peers=True).drop() == 0
