"""Events as bytes: what is decoded is what was encoded; what is unknown is passed over or named."""

from collections.abc import Callable
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import events as e
from shared.event_codec import UnknownEvent, decode_events, encode_events

TEXT = st.text(max_size=12)
BYTES = st.binary(max_size=12)
MATERIALS = st.builds(
    e.MaterialBorn,
    st.binary(min_size=32, max_size=32).map(bytes.hex),
    TEXT,
    st.integers(0, 2**63),
    st.none() | BYTES,
    st.none() | st.dictionaries(TEXT, BYTES, max_size=2),
)
TAGS = st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple)
BY_NAME: dict[str, st.SearchStrategy[Any]] = {
    "materials": st.lists(MATERIALS, max_size=3).map(tuple),
    "tags": TAGS,
    "replica_regions": st.lists(TEXT, max_size=3).map(tuple),
    "regions": st.lists(TEXT, max_size=3).map(tuple),
    "tag_keys": st.lists(TEXT, max_size=3).map(tuple),
    "primary_region": st.none() | TEXT,
    "policy": st.none() | TEXT,
    "wrapped": st.none() | BYTES,
    "sealed": st.none() | st.dictionaries(TEXT, BYTES, max_size=2),
    "operations": st.lists(TEXT, max_size=3).map(tuple),
    "encryption_context_equals": st.none() | TAGS,
    "encryption_context_subset": st.none() | TAGS,
    **dict.fromkeys(
        (
            "grantee_principal",
            "grantee_service_principal",
            "retiring_principal",
            "retiring_service_principal",
            "source_arn",
        ),
        st.none() | TEXT,
    ),
    "days": st.integers(0, 100),
    "card": BYTES,
}


def events_of(event_type: type[Any]) -> st.SearchStrategy[e.Event]:
    return st.builds(event_type, **{name: BY_NAME.get(name, TEXT) for name in event_type._fields})


EVENTS = st.one_of([events_of(event_type) for event_type in e.EVENTS.values()])


@given(st.lists(EVENTS, max_size=4).map(tuple))
def test_events_survive_their_encoding(events: tuple[e.Event, ...]) -> None:
    decoded = decode_events(encode_events(events))
    assert decoded == events
    assert [type(event) for event in decoded] == [type(event) for event in events]
    assert encode_events(decoded) == encode_events(events)


def test_fields_at_their_default_take_no_room() -> None:
    event = e.AccessKeyCreated("1", "user", "AKIA")
    assert msgpack.unpackb(encode_events([event]), strict_map_key=False) == [[42, {1: "1", 2: "user", 3: "AKIA"}]]


def test_tags_are_distinct_and_every_event_has_one() -> None:
    assert len(set(e.EVENTS.values())) == len(e.EVENTS)
    assert set(e.EVENTS.values()) == set(e.Event.__args__)


@pytest.mark.parametrize(
    "content",
    [
        [[999, {1: "x"}]],
        [[3, {1: "x"}]],
        [[3, ["x", "y"]]],
        [[3]],
        [3],
        3,
        None,
        [[{}, {}]],
        [[1, {1: "a", 2: "k", 6: [{1: "text"}]}]],
        [[1, {1: "a", 2: "k", 6: [{1: b"id"}]}]],
        [[1, {1: "a", 2: "k", 6: 7}]],
    ],
)
def test_what_this_version_cannot_read_is_named(content: object) -> None:
    with pytest.raises(UnknownEvent):
        decode_events(msgpack.packb(content))


@pytest.mark.parametrize("damage", [lambda encoded: encoded[:-1], lambda encoded: encoded + b"\0", lambda _: b""])
def test_damaged_bytes_are_named(damage: Callable[[bytes], bytes]) -> None:
    with pytest.raises(UnknownEvent):
        decode_events(damage(encode_events([e.KeyEnabled("1", "2")])))


@given(st.binary(max_size=60))
def test_junk_is_an_unknown_event_or_none(junk: bytes) -> None:
    try:
        decoded = decode_events(junk)
    except UnknownEvent:
        return
    assert {type(event) for event in decoded} <= set(e.EVENTS.values())
