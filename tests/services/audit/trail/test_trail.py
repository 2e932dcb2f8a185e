"""The trail answers as a list of all entries would, whatever has become a run or a segment meanwhile."""

import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.audit.trail.forms import ArrivedFrame, Dropped, Found, Place, Query, TrailUnavailable
from services.audit.trail.segment import segments_in
from services.audit.trail.trail import Trail
from shared.audit.attributes import ATTRIBUTES, Attribute, attributes_of, event_ids
from shared.audit.entry import AuditEntry, accounts_of, encode_entry
from shared.audit.frame import ChainHead, entry_id
from tests.services.audit.making import CHAIN, NOW, OTHER, OWN, Chaining, batch, entry, key_arn, opened
from tests.thoroughness import often

_TIMES = st.integers(NOW, NOW + 12)
_ENTRIES = st.builds(
    entry,
    st.integers(0, 5),
    time=_TIMES,
    account=st.sampled_from((OWN, OTHER)),
    user=st.sampled_from(("ann", "bob")),
    operation=st.sampled_from(("Encrypt", "Decrypt", "DisableKey")),
    resources=st.lists(st.builds(key_arn, st.integers(0, 2), st.sampled_from((OWN, OTHER))), max_size=2).map(tuple),
    error=st.sampled_from((None, None, ("AccessDeniedException", "no"))),
    changes=st.booleans(),
)
_FRAMES = st.lists(st.lists(_ENTRIES, min_size=1, max_size=3), max_size=30)


@contextmanager
def _trail(frames: Sequence[Sequence[AuditEntry]], at_once: int = 2) -> Iterator[Trail]:
    """Of two chains in turn, taken up `at_once` frames in a batch, and read meanwhile."""
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder) / "trail"
        chains = (Chaining("a"), Chaining("b"))
        made = [chains[number % 2].frame(*entries) for number, entries in enumerate(frames)]
        writer, trail = opened(directory), Trail(directory)
        for first in range(0, len(made), at_once):
            writer.ingest(batch(made[first : first + at_once], first))
            trail.lookup(Query())
        yield trail
        trail.close()
        writer.close()


class _Standing:
    """An entry of the model, with what the trail says of it."""

    def __init__(self, ordinal: int, within: int, number: int, known: AuditEntry) -> None:
        self.place = Place(known.time, ordinal, within)
        self.entry, self.accounts = known, accounts_of(known)
        self.leaf = sha256(encode_entry(known)).digest()
        self.chain, self.number = "ab"[(ordinal - 1) % 2], number
        ids = event_ids(known, self.leaf, self.chain, number)
        self.events = dict(zip(self.accounts, ids, strict=True))
        self.attributes = {*attributes_of(known), *(("EventId", each) for each in ids)}

    def attributes_in(self, account: str | None) -> set[Attribute]:
        if account is None:
            return self.attributes
        return {*attributes_of(self.entry), ("EventId", self.events[account])}

    def meets(self, query: Query) -> bool:
        return (
            (query.account is None or query.account in self.accounts)
            and (query.start is None or query.start <= self.entry.time)
            and (query.end is None or self.entry.time <= query.end)
            and (query.attribute is None or query.attribute in self.attributes_in(query.account))
            and (query.after is None or self.place < query.after)
        )

    def found(self, query: Query) -> Found:
        return Found(self.place, self.entry, self.chain, self.number, self.leaf, query.account or self.accounts[0])


def _model(frames: Sequence[Sequence[AuditEntry]]) -> list[_Standing]:
    counts = [0, 0]
    standing = []
    for place, entries in enumerate(frames):
        for within, known in enumerate(entries):
            counts[place % 2] += 1
            standing.append(_Standing(place + 1, within, counts[place % 2], known))
    return sorted(standing, key=lambda each: each.place, reverse=True)


@settings(max_examples=often(1000, otherwise=40), deadline=None)
@given(_FRAMES, st.data())
def test_a_lookup_finds_what_a_list_of_all_entries_would(frames: list[list[AuditEntry]], data: st.DataObject) -> None:
    model = _model(frames)
    attributes = sorted({attribute for each in model for attribute in each.attributes}) or [("EventName", "Encrypt")]
    with _trail(frames) as trail:
        for _ in range(5):
            query = Query(
                account=data.draw(st.sampled_from((None, OWN, OTHER))),
                start=data.draw(st.none() | _TIMES),
                end=data.draw(st.none() | _TIMES),
                attribute=data.draw(st.none() | st.sampled_from(attributes)),
                limit=data.draw(st.integers(1, 9)),
                after=data.draw(st.none() | st.builds(Place, _TIMES, st.integers(0, 30), st.integers(0, 2))),
            )
            assert trail.lookup(query) == [each.found(query) for each in model if each.meets(query)][: query.limit]


@settings(max_examples=often(500, otherwise=15), deadline=None)
@given(_FRAMES)
def test_pages_give_every_entry_once(frames: list[list[AuditEntry]]) -> None:
    with _trail(frames) as trail:
        pages: list[Found] = []
        while page := trail.lookup(Query(limit=4, after=pages[-1].place if pages else None)):
            pages.extend(page)
    assert [found.place for found in pages] == [each.place for each in _model(frames)]


@pytest.mark.parametrize(
    "attribute",
    [
        ("EventName", "Decrypt"),
        ("EventSource", "kms.amazonaws.com"),
        ("ReadOnly", "true"),
        ("Username", "bob"),
        ("AccessKeyId", "AKIAbob"),
        ("ResourceType", "AWS::KMS::Key"),
        ("ResourceName", key_arn(1)),
        ("RequestId", "request-7"),
        ("ErrorCode", "AccessDenied"),
        ("SourceAddress", "192.0.2.1"),
    ],
)
def test_an_entry_is_found_by(attribute: Attribute) -> None:
    known = entry(
        7, user="bob", operation="Decrypt", resources=(key_arn(1),), error=("AccessDeniedException", "not allowed")
    )
    with _trail([[known]]) as trail:
        assert [found.entry for found in trail.lookup(Query(OWN, attribute=attribute))] == [known]
        assert trail.lookup(Query(OWN, attribute=(attribute[0], "another"))) == []
        assert trail.lookup(Query(OTHER, attribute=attribute)) == []


def test_every_attribute_is_one_that_is_tried_above() -> None:
    assert set(ATTRIBUTES) == {
        "EventId", "EventName", "EventSource", "ReadOnly", "Username", "AccessKeyId", "ResourceType", "ResourceName",
        "RequestId", "ErrorCode", "SourceAddress",
    }  # fmt: skip


def test_a_call_of_another_accounts_key_is_found_in_both_trails_by_ids_of_their_own() -> None:
    with _trail([[entry(1, account=OTHER, resources=(key_arn(1, OWN),))]]) as trail:
        (found,) = trail.lookup(Query(OWN))
        ids = [entry_id(found.leaf, found.chain, found.number, account) for account in (OWN, OTHER)]
        for account, event in zip((OWN, OTHER), ids, strict=True):
            assert [each.account for each in trail.lookup(Query(account, attribute=("EventId", event)))] == [account]
        assert not trail.lookup(Query(OWN, attribute=("EventId", ids[1])))
        assert not trail.lookup(Query(OTHER, attribute=("EventId", ids[0])))
        assert len(trail.lookup(Query(attribute=("EventId", ids[0])))) == 1


def test_frames_come_in_the_order_of_their_arrival_and_go_on_across_segments(tmp_path: Path) -> None:
    writer, made = opened(tmp_path), Chaining().frames(25)
    for number, frame in enumerate(made):
        writer.ingest(batch([frame], number))
    trail = Trail(tmp_path)
    got: list[ArrivedFrame] = []
    while arrived := trail.frames(len(got), 3):
        got.extend(arrived)
    assert len(segments_in(tmp_path)) == 3
    assert [(each.ordinal, each.frame) for each in got] == list(enumerate(made, 1))
    assert trail.last_ordinal() == 25


def test_who_asks_for_frames_that_were_dropped_is_told_where_to_go_on(tmp_path: Path) -> None:
    writer = opened(tmp_path)
    for number, frame in enumerate(Chaining().frames(25)):
        writer.ingest(batch([frame], number))
    trail = Trail(tmp_path)
    assert trail.frames(0, 1)
    segments_in(tmp_path)[0][1].unlink()
    with pytest.raises(Dropped) as dropped:
        trail.frames(3, 1)
    assert [each.ordinal for each in trail.frames(dropped.value.first - 1, 1)] == [dropped.value.first]


def test_a_trail_that_is_not_there_yet_is_empty_and_then_seen(tmp_path: Path) -> None:
    trail = Trail(tmp_path / "trail")
    assert (trail.frames(0, 5), trail.heads(), trail.lookup(Query()), trail.digests(0), trail.last_ordinal()) == (
        (), {}, [], [], 0,
    )  # fmt: skip
    chaining = Chaining()
    opened(tmp_path / "trail").ingest(batch([chaining.frame(entry(1))]))
    assert trail.heads() == {CHAIN: chaining.head}
    assert len(trail.lookup(Query())) == 1


def test_heads_of_chains_outlive_the_segments_that_held_them(tmp_path: Path) -> None:
    writer, short, long = opened(tmp_path), Chaining("short"), Chaining("long")
    writer.ingest(batch([short.frame(entry(0)), *long.frames(30)]))
    writer.ingest(batch(long.frames(1, 30), 31))
    assert Trail(tmp_path).heads() == {"short": short.head, "long": ChainHead(31, long.head.digest)}


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM frames WHERE ordinal = 2",
        "UPDATE frames SET frame = NULL WHERE ordinal = 2",
        "UPDATE frames SET frame = 'text' WHERE ordinal = 2",
        "UPDATE frames SET frame = x'93' WHERE ordinal = 2",
        "UPDATE entries SET place = 7",
    ],
)
def test_a_damaged_frame_makes_the_trail_unavailable(tmp_path: Path, damage: str) -> None:
    opened(tmp_path).ingest(batch(Chaining().frames(5)))
    with closing(sqlite3.connect(segments_in(tmp_path)[0][1])) as connection:
        connection.executescript(damage)
    with pytest.raises(TrailUnavailable):
        Trail(tmp_path).lookup(Query())


def test_a_file_with_another_name_is_no_segment(tmp_path: Path) -> None:
    opened(tmp_path).ingest(batch(Chaining().frames(1)))
    for name in ("abc.segment", "1.segment", "\u0661.segment"):
        (tmp_path / name).write_bytes(b"")
    assert len(segments_in(tmp_path)) == 1
    assert len(Trail(tmp_path).lookup(Query())) == 1


@pytest.mark.parametrize(("start", "found"), [(1 << 70, 0), (-(1 << 70), 3)])
def test_times_that_no_index_holds_can_be_asked_for(tmp_path: Path, start: int, found: int) -> None:
    opened(tmp_path).ingest(batch(Chaining().frames(3)))
    assert len(Trail(tmp_path).lookup(Query(start=start, end=1 << 80))) == found


def test_an_entry_beyond_the_calendar_is_indexed_as_at_its_end(tmp_path: Path) -> None:
    opened(tmp_path).ingest(batch([Chaining().frame(entry(1, time=(1 << 64) - 1), entry(2))]))
    assert [one.entry.request_id for one in Trail(tmp_path).lookup(Query())] == ["request-1", "request-2"]
