"""Digests: each says all that has come, and rests on the one before."""

import hashlib

import msgspec
import pytest

from shared.audit.digest import (
    Gathered,
    Last,
    NotADigest,
    Retention,
    Row,
    decode_digest,
    due,
    has_signed,
    last_of,
    next_digest,
)
from shared.audit.frame import EMPTY_HEAD, ChainHead, frame_of, head_of
from tests.shared.audit.proven_trail import DERIVED, HOUR, IDENTITIES, REGION, WITNESS, WORKER, small_trail, verify

SIGN = IDENTITIES[REGION].sign


def test_a_digest_names_the_chains_that_have_grown_and_counts_all() -> None:
    first, second = (decode_digest(one) for one in small_trail().digests)
    assert [(row.chain, row.number) for row in first.rows] == [(DERIVED, 1), (WORKER, 3)]
    assert [(row.chain, row.number) for row in second.rows] == [(DERIVED, 2), (WORKER, 7)]
    assert (first.header.chains, first.header.entries) == (2, 4)
    assert (second.header.chains, second.header.entries) == (2, 9)
    assert (second.header.oldest, second.header.newest) == (HOUR + 1, HOUR + 5)


def test_a_digest_rests_on_the_one_before() -> None:
    first, second = (decode_digest(one) for one in small_trail().digests)
    assert first.header.previous == EMPTY_HEAD
    assert second.header.previous == hashlib.sha256(first.signed.header).digest()
    assert (second.header.start, second.header.number) == (first.header.end, 2)


def test_where_nothing_happened_there_is_a_digest_all_the_same() -> None:
    trail = small_trail()
    trail.digest()
    empty = decode_digest(trail.digest())
    assert empty.rows == ()
    assert (empty.header.number, empty.header.entries, empty.header.oldest) == (4, 10, None)


def test_a_digest_is_its_regions_word_alone() -> None:
    digest = decode_digest(small_trail().digests[0])
    assert has_signed(REGION, digest.signed, verify)
    assert not has_signed(WITNESS, digest.signed, verify)


def test_rows_of_another_digest_are_refused() -> None:
    label, _, rows, _ = msgspec.msgpack.decode(small_trail().digests[0])
    _, header, _, signature = msgspec.msgpack.decode(small_trail().digests[1])
    with pytest.raises(NotADigest, match="rows of digest 2 were changed"):
        decode_digest(msgspec.msgpack.encode([label, header, rows, signature]))


def test_what_a_digest_knows_counts_once() -> None:
    frame = frame_of(WORKER, ChainHead(), [b"1", b"2"])
    later = frame_of(WORKER, head_of(frame), [b"3"])
    gathered = Gathered({WORKER: head_of(frame)})
    gathered.take(frame, [1, 2])
    gathered.take(later, [3])
    assert gathered.rows() == (Row(WORKER, *head_of(later)),)
    assert (gathered.oldest, gathered.newest, gathered.chains, gathered.entries) == (3, 3, 0, 1)


def test_entries_count_that_have_come_here_though_those_before_them_never_did() -> None:
    gathered = Gathered({})
    gathered.take(frame_of(WORKER, ChainHead(7), [b"8", b"9"]), [8, 9])
    assert (gathered.chains, gathered.entries) == (0, 2)


def test_a_digest_says_what_retention_has_dropped() -> None:
    made = decode_digest(next_digest(REGION, Last(), Gathered({}), 0, HOUR, SIGN, Retention(7, 5)))
    assert (made.header.dropped, made.header.dropped_until) == (7, 5)


@pytest.mark.parametrize(
    ("end", "oldest", "now", "period"),
    [
        (0, None, 5 * HOUR + 7, (4 * HOUR, 5 * HOUR)),
        (0, 2 * HOUR + 9, 5 * HOUR + 7, (2 * HOUR, 5 * HOUR)),
        (5 * HOUR, None, 6 * HOUR - 1, None),
        (5 * HOUR, None, 6 * HOUR, (5 * HOUR, 6 * HOUR)),
        (5 * HOUR, None, 9 * HOUR + 1, (5 * HOUR, 9 * HOUR)),
        (5 * HOUR, None, 3 * HOUR, None),
        (30 * HOUR, None, 6 * HOUR, None),
        (31 * HOUR, None, 6 * HOUR + 7, (5 * HOUR, 6 * HOUR)),
        (31 * HOUR, 4 * HOUR, 6 * HOUR + 7, (4 * HOUR, 6 * HOUR)),
    ],
)
def test_a_digest_is_due_when_its_period_is_over(end: int, oldest: int | None, now: int, period: object) -> None:
    assert due(Last(end=end), oldest, now, 60) == period


def test_the_next_goes_on_from_the_last() -> None:
    digest = decode_digest(small_trail().digests[1])
    assert last_of(digest) == Last(2, digest.hash, 2 * HOUR, 2, 9)


@pytest.mark.parametrize("stored", ["a text", None, 7, b"", b"\x90"])
def test_what_a_damaged_file_holds_is_no_digest(stored: bytes) -> None:
    with pytest.raises(NotADigest):
        decode_digest(stored)
