"""Events as bytes: what is decoded is what was encoded; what is unknown is passed over or named."""

from collections.abc import Callable, Mapping
from itertools import islice, permutations
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import event_fields
from shared import events as e
from shared.event_codec import UnknownEvent, decode_events, encode_events
from shared.event_fields import ABSENT, ORIGINS, Field, requirement
from shared.identity.account_events import AccountHomeMoved, EntityRestated
from shared.key_stores.events import KeyStoreCreated
from shared.keys.specs import ALGORITHMS, USAGES
from tests.golden.promotion_samples import WHOLE
from tests.golden.samples import EVENTS as GOLDEN
from tests.shared.identity.fields import IDENTITY_FIELDS, RESTATED

TEXT = st.text(max_size=12)
BYTES = st.binary(max_size=12)
COUNTS = st.integers(0, 2**63 - 1)
REGIONS = st.sampled_from(("us-east-1", "eu-west-1", "ap-southeast-2"))
KEY_IDS = st.sampled_from(("1234abcd-12ab-34cd-56ef-1234567890ab", "mrk-1234abcd12ab34cd56ef1234567890ab"))
MATERIAL_IDS = st.binary(min_size=32, max_size=32).map(bytes.hex)
MATERIALS = st.builds(
    e.MaterialBorn,
    MATERIAL_IDS,
    KEY_IDS,
    COUNTS,
    st.none() | BYTES,
    st.none() | st.dictionaries(TEXT, BYTES, max_size=2),
)
TAGS = st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple)
KINDS_OF_KEYS: dict[str, st.SearchStrategy[Any]] = {
    "spec": st.sampled_from(tuple(ALGORITHMS)),
    "usage": st.sampled_from(sorted(USAGES)),
    "origin": st.sampled_from(sorted(ORIGINS)),
    "period_days": st.integers(90, 2560),
    "rotation_period_days": st.none() | st.integers(90, 2560),
}
BY_NAME: dict[str, st.SearchStrategy[Any]] = {
    **IDENTITY_FIELDS,
    "account": st.just("111122223333"),
    **dict.fromkeys(("key_id", "heir_key_id"), KEY_IDS),
    "material_id": MATERIAL_IDS,
    "materials": st.lists(MATERIALS, max_size=3).map(tuple),
    "tags": TAGS,
    "replica_regions": st.lists(REGIONS, max_size=3).map(tuple),
    **dict.fromkeys(("regions", "unconfirmed"), st.lists(REGIONS, max_size=3).map(tuple)),
    "tag_keys": st.lists(TEXT, max_size=3).map(tuple),
    **dict.fromkeys(("primary_region", "replica_region", "home_region", "region"), REGIONS),
    "first_date": st.just("20261124"),
    "policy": st.none() | TEXT,
    "wrapped": st.none() | BYTES,
    **dict.fromkeys(("former", "identity"), BYTES),
    **dict.fromkeys(("absences", "adopted", "said", "witnessed", "taken", "heard_at", "shared", "disabled"), COUNTS),
    "peer_region": REGIONS,
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
    "issuing_account": st.just("444455556666"),
    "grant_id": MATERIAL_IDS,
    "key_store_id": st.just("cks-1234567890abcdef0"),
    "description": TEXT,
    **dict.fromkeys(("created_at", "key_created_at"), COUNTS),
    **dict.fromkeys(("card", "digest", "fingerprint", "proof", "token_id"), BYTES),
    **dict.fromkeys(("threshold", "oldest_sealing"), COUNTS),
    **dict.fromkeys(("holders", "remaining"), st.lists(TEXT, max_size=2).map(tuple)),
    "archive": st.binary(min_size=16, max_size=16).map(bytes.hex),
    "oldest_epochs": st.lists(COUNTS, max_size=2).map(tuple),
    "aliases": st.lists(st.sampled_from(("alias/a", "alias/b/c")), max_size=2).map(tuple),
    **dict.fromkeys(
        (
            "days",
            "window_days",
            "epoch",
            "sequence",
            "bucket",
            "number",
            "built_on_number",
            "synchronous_regions",
            "since",
            "from_percent",
            "to_percent",
            "minutes",
        ),
        COUNTS,
    ),
    "material_ids": st.lists(MATERIAL_IDS, max_size=2).map(tuple),
    "rewrapped": st.dictionaries(TEXT, BYTES, max_size=2),
    "former_region": REGIONS,
    "built_on_hash": BYTES,
    "shared_state": st.sampled_from((b"", WHOLE)),
    **dict.fromkeys(("unheard", "in_vain"), st.lists(REGIONS, max_size=2).map(tuple)),
    "done_again": st.booleans(),
    **KINDS_OF_KEYS,
    **dict.fromkeys(("due_at", "valid_to"), st.none() | COUNTS),
    **dict.fromkeys(("whole", "pending", "expired", "retired"), st.booleans()),
    **dict.fromkeys(("custom_key_store_id", "external_key_id"), st.none() | TEXT),
}


NEVER_ABSENT: dict[type[Any], dict[str, st.SearchStrategy[Any]]] = {
    e.KeyPolicyPut: {"policy": TEXT},
    KeyStoreCreated: {"wrapped": BYTES},
    AccountHomeMoved: {"former_region": st.none() | REGIONS},
    EntityRestated: {"state": RESTATED},
}
"""What is optional in other events, or of another type."""


def events_of(event_type: type[Any]) -> st.SearchStrategy[e.Event]:
    by_name = BY_NAME | NEVER_ABSENT.get(event_type, {})
    return st.builds(event_type, **{name: by_name.get(name, TEXT) for name in event_type._fields})


SAMPLES: dict[type[Any], e.Event] = {type(event): event for event in GOLDEN.values()}
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


OTHERS = (
    None,
    True,
    7,
    -1,
    1.5,
    "text",
    b"bytes",
    ["text"],
    [["a", "b", "c"]],
    [[1, 2]],
    {"a": 1},
    {1: b"x"},
    2**64 - 1,
)


@given(EVENTS, st.data())
def test_a_field_of_another_type_is_named(event: e.Event, data: st.DataObject) -> None:
    """One field at a time: what is read has the types of its class, or is not read at all."""
    number = data.draw(st.integers(1, len(event)))
    [[tag, fields]] = msgpack.unpackb(encode_events([event]), strict_map_key=False)
    fields[number] = data.draw(st.sampled_from(OTHERS))
    try:
        (read,) = decode_events(msgpack.packb([[tag, fields]]))
    except UnknownEvent:
        return
    hints = get_type_hints(type(event))
    for name, value in zip(read._fields, read, strict=True):
        assert fits(value, hints[name]), name


def fits(value: Any, hint: Any) -> bool:
    """Whether `value` is what an annotation says, looked at from inside; a count is never negative."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return any(fits(value, argument) for argument in arguments)
    if origin is tuple and arguments[-1] is not Ellipsis:
        return type(value) is tuple and [type(part) for part in value] == list(arguments)
    if origin is tuple:
        return type(value) is tuple and all(fits(part, arguments[0]) for part in value)
    if origin is Mapping:
        return type(value) is dict and all(type(key) is str and type(part) is bytes for key, part in value.items())
    return type(value) is hint and (hint is not int or value >= 0)


@pytest.mark.parametrize("event_type", e.EVENTS.values())
@pytest.mark.parametrize("form", ["", "text", "../text", "111122223333 ", "us-east-1/", "\uff11" * 12])
def test_what_state_is_keyed_by_has_its_form(event_type: type[Any], form: str) -> None:
    regions = {"primary_region", "home_region", "replica_region", "region"}
    keyed = {"account", "issuing_account", "key_id", "grant_id", "first_date", *regions}
    [[tag, fields]] = msgpack.unpackb(encode_events([SAMPLES[event_type]]), strict_map_key=False)
    for number, name in enumerate(event_type._fields, start=1):
        if name in keyed:
            with pytest.raises(UnknownEvent, match=name):
                decode_events(msgpack.packb([[tag, {**fields, number: form}]]))


NO_KINDS_OF_KEYS: tuple[tuple[str, object], ...] = (
    *((name, value) for name in ("spec", "usage", "origin") for value in ("", "NO_SUCH", "symmetric_default")),
    *(("period_days", days) for days in (0, 89, 2561, 2**63 - 1)),
)


@pytest.mark.parametrize(("name", "value"), NO_KINDS_OF_KEYS)
@pytest.mark.parametrize("event_type", [e.KeyCreated, e.KeyReplicated, e.KeyRotationEnabled])
def test_a_key_that_nobody_could_use_or_rotate_is_not_read(event_type: type[Any], name: str, value: object) -> None:
    if name in event_type._fields:
        [[tag, fields]] = msgpack.unpackb(encode_events([SAMPLES[event_type]]), strict_map_key=False)
        fields[event_type._fields.index(name) + 1] = value
        with pytest.raises(UnknownEvent, match=name):
            decode_events(msgpack.packb([[tag, fields]]))


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_materials_id_has_32_bytes(length: int) -> None:
    fields = {1: "111122223333", 2: "mrk-1234abcd12ab34cd56ef1234567890ab", 6: [{1: bytes(length), 3: 5}]}
    with pytest.raises(UnknownEvent, match="material_id"):
        decode_events(msgpack.packb([[1, fields]]))


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
        decode_events(damage(encode_events([SAMPLES[e.KeyEnabled]])))


@given(st.binary(max_size=60))
def test_junk_is_an_unknown_event_or_none(junk: bytes) -> None:
    try:
        decoded = decode_events(junk)
    except UnknownEvent:
        return
    assert {type(event) for event in decoded} <= set(e.EVENTS.values())


def test_a_form_is_asked_for_after_others_of_its_types_were_read() -> None:
    [[tag, fields]] = msgpack.unpackb(encode_events([SAMPLES[e.KeyPromoted]]), strict_map_key=False)
    fields[e.KeyPromoted._fields.index("shared_state") + 1] = b"no state"
    for _ in range(2):
        with pytest.raises(UnknownEvent, match="shared_state"):
            decode_events(msgpack.packb([[tag, fields]]))


@pytest.mark.parametrize("size", [31, 33])
def test_the_id_of_material_has_its_length(size: int) -> None:
    [[tag, fields]] = msgpack.unpackb(encode_events([SAMPLES[e.KeyCreated]]), strict_map_key=False)
    fields[e.KeyCreated._fields.index("materials") + 1] = [{1: bytes(size), 3: 5}]
    with pytest.raises(UnknownEvent, match="material_id"):
        decode_events(msgpack.packb([[tag, fields]]))


def test_a_missing_field_is_a_default_or_is_named() -> None:
    columns = [Field(1, "account", str, ABSENT), Field(2, "region", str, "nowhere"), Field(3, "days", int, 0)]
    require = requirement(columns)
    require({1: "111122223333", 2: "us-east-1"})
    with pytest.raises(LookupError):
        require({2: "us-east-1"})
    with pytest.raises(ValueError, match="region"):
        require({1: "111122223333"})


def test_what_is_remembered_of_events_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def typed(_column: object, value: object) -> tuple[()]:
        asked.append(value)
        return ()

    monkeypatch.setattr(event_fields, "_typed", typed)
    require = requirement([Field(number, "text", str, "") for number in range(1, 8)])
    orders = list(islice(permutations(range(1, 8)), event_fields.SHAPES_MOST + 1))
    for order in (*orders, *orders):
        require(dict.fromkeys(order, ""))
    assert len(asked) == 7 * (event_fields.SHAPES_MOST + 2)
    for _ in range(2):
        require({1: "", 1_000_000: ""})
    assert len(asked) == 7 * (event_fields.SHAPES_MOST + 4)
