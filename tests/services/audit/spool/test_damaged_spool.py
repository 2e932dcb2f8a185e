"""A spool file with a flipped bit, zeroed or cut: what was whole is sent, and the file goes only after a crash."""

import logging
from pathlib import Path
from typing import NamedTuple

import pytest

from services.audit.spool.files import DAMAGED, SUFFIX
from services.audit.spool.frames import is_torn
from services.audit.spool.reading import SpoolReading
from shared.audit.frame import ChainHead, Frame, beginning_of, encode_frame
from tests.services.audit.making import CHAIN, SpooledChain, frames_in

ENTRIES = (b"one", b"two", b"three" * 40, b"four")
"""Each a frame of its own; the third takes a longer head."""
ROLLED_BYTES = 100
"""Of a segment, so that each has one frame."""


@pytest.fixture(autouse=True)
def _no_power_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of files are set aside here; how durably does not matter to these tests."""
    monkeypatch.setattr("services.audit.spool.reading.sync_directory", lambda _directory: None)


class Written(NamedTuple):
    """Segments by name, in order, and the offsets at which their frames begin, with the end."""

    directory: Path
    segments: dict[str, bytes]
    bounds: dict[str, list[int]]
    frames: list[Frame]


def _write(directory: Path, segment_bytes: int = 1_000_000) -> Written:
    chain = SpooledChain(directory, CHAIN, segment_bytes)
    for each in ENTRIES:
        chain.write([each])
    chain.close()
    paths = sorted(directory.rglob(f"*{SUFFIX}"))
    read = {path.name: list(frames_in(path)) for path in paths}
    return Written(
        directory / CHAIN,
        {path.name: path.read_bytes() for path in paths},
        {name: [0, *(each.end for each in of_it)] for name, of_it in read.items()},
        [each.frame for of_it in read.values() for each in of_it],
    )


def _restore(written: Written, name: str, content: bytes) -> None:
    for path in written.directory.iterdir():
        path.unlink()
    for other, whole in written.segments.items():
        (written.directory / other).write_bytes(content if other == name else whole)


def _shipped(reading: SpoolReading) -> list[Frame]:
    frames: list[Frame] = []
    while more := reading.next_frames():
        frames.extend(more)
    return frames


def _cleared(written: Written) -> tuple[list[Frame], dict[str, bytes], int]:
    """What was sent, the files that are left once the trail has it, and how many count as damaged."""
    reading = SpoolReading(written.directory.parents[2])
    shipped = _shipped(reading)
    reading.clear({CHAIN: ChainHead(len(ENTRIES), b"")})
    assert _shipped(reading) == []
    left = {path.name: path.read_bytes() for path in written.directory.iterdir()}
    return shipped, left, reading.damaged_segments()


@pytest.mark.parametrize(
    ("segment_bytes", "masks"),
    [
        (1_000_000, [0xFF]),
        (1_000_000, [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80]),
        (ROLLED_BYTES, [0x01, 0x80, 0x40]),
    ],
)
def test_whatever_byte_is_flipped_the_other_frames_are_sent_and_the_file_is_kept(
    tmp_path: Path, segment_bytes: int, masks: list[int]
) -> None:
    written = _write(tmp_path, segment_bytes)
    for name, whole in written.segments.items():
        for place in range(len(whole)):
            damaged = bytearray(whole)
            damaged[place] ^= masks[place % len(masks)]
            _restore(written, name, bytes(damaged))
            shipped, left, count = _cleared(written)
            bounds = written.bounds[name]
            hit = int(name.removesuffix(SUFFIX)) - 1 + sum(place >= end for end in bounds[1:])
            assert shipped == [frame for number, frame in enumerate(written.frames) if number != hit], (name, place)
            assert (left, count) == ({name + DAMAGED: bytes(damaged)}, 1), (name, place)


@pytest.mark.parametrize("segment_bytes", [1_000_000, ROLLED_BYTES])
def test_zeroed_frames_are_damage_and_those_behind_are_sent(tmp_path: Path, segment_bytes: int) -> None:
    written = _write(tmp_path, segment_bytes)
    for name, whole in written.segments.items():
        bounds = written.bounds[name]
        for begin in range(len(bounds) - 1):
            for end in range(begin + 1, len(bounds)):
                zeroed = bytes(bounds[end] - bounds[begin])
                damaged = whole[: bounds[begin]] + zeroed + whole[bounds[end] :]
                _restore(written, name, damaged)
                shipped, left, count = _cleared(written)
                first = int(name.removesuffix(SUFFIX)) - 1
                assert shipped == written.frames[: first + begin] + written.frames[first + end :]
                assert (left, count) == ({name + DAMAGED: damaged}, 1)


def test_what_a_crash_has_cut_anywhere_lets_the_file_go(tmp_path: Path) -> None:
    written = _write(tmp_path)
    ((name, whole),) = written.segments.items()
    for end in range(len(whole) + 1):
        _restore(written, name, whole[:end])
        shipped, left, count = _cleared(written)
        assert shipped == written.frames[: sum(end >= bound for bound in written.bounds[name][1:])]
        assert (left, count) == ({}, 0), end


def test_a_segment_that_was_cut_though_another_follows_is_damaged(tmp_path: Path) -> None:
    written = _write(tmp_path, segment_bytes=400)
    name, whole = next(iter(written.segments.items()))
    assert len(written.bounds[name]) > 2
    for end in range(1, len(whole)):
        _restore(written, name, whole[:end])
        shipped, left, count = _cleared(written)
        lost = sum(end < bound for bound in written.bounds[name][1:])
        kept = len(written.bounds[name]) - 1
        assert shipped == written.frames[: kept - lost] + written.frames[kept:]
        assert (left, count) == ({name + DAMAGED: whole[:end]}, 1), end


@pytest.mark.parametrize("segment_bytes", [200, ROLLED_BYTES])
def test_where_the_beginning_of_a_chain_has_gone_each_frame_is_sent_or_kept(tmp_path: Path, segment_bytes: int) -> None:
    """An auditor that has just begun knows nothing of what the next segment rests on."""
    written = _write(tmp_path, segment_bytes)
    gone, name, *_ = written.segments
    whole, gone_frames = written.segments.pop(name), len(written.bounds[gone]) - 1
    del written.segments[gone]
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 0x10
        _restore(written, name, b"")
        (written.directory / name).write_bytes(damaged)
        shipped, left, count = _cleared(written)
        kept = b"".join(left.values())
        for frame in written.frames[gone_frames:]:
            assert frame in shipped or bytes(damaged) in kept, place
        assert name + DAMAGED in left, place
        assert count == len(left)


def test_a_damaged_segment_stays_in_its_place_while_it_is_written_or_the_trail_waits(tmp_path: Path) -> None:
    chain = SpooledChain(tmp_path, CHAIN)
    reading = SpoolReading(tmp_path)
    for each in ENTRIES[:2]:
        chain.write([each])
    (segment,) = tmp_path.rglob(f"*{SUFFIX}")
    content = bytearray(segment.read_bytes())
    content[0] ^= 0xFF
    with segment.open("r+b") as file:
        file.write(content)
    assert [frame.first for frame in reading.next_frames()] == [2]
    chain.write([ENTRIES[2]])
    assert [frame.first for frame in reading.next_frames()] == [3]
    reading.clear({CHAIN: ChainHead(3, b"")})
    chain.close()
    reading.clear({CHAIN: ChainHead(0, b"")})
    assert segment.exists()
    reading.clear({CHAIN: ChainHead(3, b"")})
    assert not segment.exists()
    assert SpoolReading(tmp_path).damaged_segments() == 1


def test_damage_is_said_once_with_file_and_place(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    written = _write(tmp_path)
    ((name, whole),) = written.segments.items()
    begin, end = written.bounds[name][1:3]
    _restore(written, name, whole[:begin] + bytes(end - begin) + whole[end:])
    reading = SpoolReading(tmp_path)
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            reading.again()
            _shipped(reading)
    said = [(record.__dict__["segment"], record.__dict__["place"]) for record in caplog.records]
    assert said == [(str(written.directory / name), begin)]


@pytest.mark.parametrize(
    ("rest", "torn"),
    [
        (b"", True),
        (b"\xc5", True),
        (b"\xc5\x01", True),
        (b"\xc5\x01\x00" + beginning_of(CHAIN)[:7], True),
        (b"\xc5\x01\x00" + beginning_of(CHAIN) + b"\x01\xc4", True),
        (b"\xc5\x01\x00" + beginning_of("node-2/worker-1/0") + b"\x01\xc4", False),
        (b"\xc5\x00\x01" + beginning_of(CHAIN), False),
        (b"\xc6\x7f\x00\x00\x00" + beginning_of(CHAIN), False),
        (b"\x00", False),
        (bytes(100), False),
    ],
)
def test_only_the_beginning_of_one_frame_of_the_chain_is_what_a_crash_has_torn(rest: bytes, torn: bool) -> None:
    assert is_torn(rest, CHAIN) is torn


def test_every_frame_of_a_chain_begins_with_the_same_bytes(tmp_path: Path) -> None:
    for frame in _write(tmp_path).frames:
        assert encode_frame(frame).startswith(beginning_of(CHAIN))
