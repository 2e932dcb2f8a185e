"""Whatever an entry holds, it can be told, found and counted: one that cannot would hide all others."""

from collections.abc import Iterator
from typing import Any

import msgspec
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.audit.delivery.events import events_of
from services.audit.telling import told_of
from services.audit.trail.forms import Found, Place
from services.usage.counting import Counts
from shared.audit.attributes import attributes_of
from shared.audit.cloudtrail_names import MAPS, TIMES, told
from shared.audit.entry import AuditEntry, Identity, Origin, accounts_of, decode_entry, encode_entry, time_of
from shared.audit.frame import ChainHead, frame_of
from shared.times import LAST_SECOND
from tests.services.audit.making import entry

ACCOUNT = "111122223333"
_NUMBERS = st.one_of(
    st.integers(-(1 << 63), (1 << 64) - 1), st.floats(), st.sampled_from([1e300, 1e15, -1e15, float("nan")])
)
_LEAVES = st.one_of(st.none(), st.booleans(), _NUMBERS, st.text(max_size=5), st.binary(max_size=5), st.datetimes())
_EXTENSIONS = st.builds(msgspec.msgpack.Ext, st.integers(0, 127), st.binary(max_size=3))
_NAMES = st.one_of(st.sampled_from(sorted({*MAPS, *TIMES, "KeyId"})), st.text(max_size=3))
_KEYS = st.one_of(_NAMES, st.integers(-9, 9), st.binary(max_size=2), st.booleans(), st.none(), st.floats())
_VALUES = st.recursive(
    st.one_of(_LEAVES, _EXTENSIONS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_KEYS, inner, max_size=3)),
    max_leaves=8,
)
_MEMBERS = st.one_of(st.none(), st.dictionaries(_NAMES, st.one_of(_VALUES, _NUMBERS), max_size=4))
_TEXTS = st.text(max_size=8)
_RESOURCES = st.one_of(
    _TEXTS, st.sampled_from(["", "arn", "arn:::::", "arn:aws:kms:us-east-1:1:key/1", "::::", "arn:aws:kms:a:b:key/"])
)
_KINDS = st.one_of(
    _TEXTS, st.sampled_from(["Root", "IAMUser", "AssumedRole", "WebIdentityUser", "AWSService", "Directory"])
)
_WHOLE = st.integers(-(1 << 63), (1 << 64) - 1)
_IDENTITIES = st.builds(
    Identity, _KINDS, st.one_of(st.just(ACCOUNT), _TEXTS), _TEXTS, _TEXTS, _TEXTS, _TEXTS,
    st.one_of(st.none(), _WHOLE), _TEXTS, _TEXTS,
)  # fmt: skip
ENTRIES = st.builds(
    AuditEntry,
    form=_WHOLE,
    time=st.integers(0, (1 << 64) - 1),
    service=st.one_of(st.just("kms"), _TEXTS),
    operation=st.one_of(st.sampled_from(["Encrypt", "GenerateDataKeyPair", "RotateKey"]), _TEXTS),
    identity=st.one_of(st.none(), _IDENTITIES),
    request_id=_TEXTS,
    source_address=_TEXTS,
    user_agent=_TEXTS,
    secure=st.booleans(),
    parameters=_MEMBERS,
    response=_MEMBERS,
    additional=st.one_of(_MEMBERS, st.dictionaries(st.just("screamTest"), _VALUES)),
    resources=st.lists(_RESOURCES, max_size=3).map(tuple),
    error=st.one_of(st.none(), st.tuples(_TEXTS, _TEXTS)),
    changes=st.booleans(),
    waited=st.booleans(),
    details=_MEMBERS,
    origin=st.one_of(st.none(), st.builds(Origin, _TEXTS, _WHOLE, _WHOLE)),
)


def _tellings(said: AuditEntry) -> Iterator[dict[str, Any]]:
    for account in (*accounts_of(said), "", ACCOUNT):
        yield told_of("us-east-1", Found(Place(time_of(said), 1, 0), said, "n/worker-1/0", 1, b"l" * 32, account))


def _read_again(event: dict[str, Any]) -> Any:
    return orjson.loads(orjson.dumps(event))


@settings(deadline=None)
@given(ENTRIES)
def test_every_entry_is_told_as_json(said: AuditEntry) -> None:
    for event in _tellings(said):
        assert _read_again(event)["eventID"] == event["eventID"]


@settings(deadline=None)
@given(ENTRIES)
def test_every_entry_that_is_read_is_delivered_found_and_counted(said: AuditEntry) -> None:
    frame = frame_of("n/worker-1/0", ChainHead(), [encode_entry(said)])
    for account, time, event in events_of(frame, "us-east-1", ()):
        assert _read_again(event)["eventID"] == event["eventID"]
        assert isinstance(account, str)
        assert time // 1000 <= LAST_SECOND
    read = decode_entry(frame.entries[0])
    assert all(isinstance(value, str) for _, value in attributes_of(read))
    counts = Counts()
    counts.take(frame)
    assert all(count.last // 1000 <= LAST_SECOND for count in counts.tallies.values())


@pytest.mark.parametrize("seconds", [1e300, 1e15, -1e15, 1 << 63, 10**400])
def test_a_time_that_no_calendar_has_is_told_as_the_number(seconds: float) -> None:
    said = told({"ValidTo": seconds})
    assert said is not None
    assert said["validTo"] in (seconds, hex(10**400))
    orjson.dumps(said)


@pytest.mark.parametrize("seconds", [float("nan"), float("inf")])
def test_a_time_that_is_no_number_is_told_as_a_text(seconds: float) -> None:
    assert told({"StartTime": seconds}) == {"startTime": str(seconds)}


def test_what_nests_deep_is_told_as_far_as_readers_of_json_go() -> None:
    deep: Any = "end"
    for _ in range(500):
        deep = {"In": [deep]}
    for parameters in ({"Deep": deep}, {"EncryptionContext": deep}):
        for event in _tellings(msgspec.structs.replace(entry(1), parameters=parameters)):
            assert "nested too deep" in orjson.dumps(event).decode()


def test_what_json_has_no_form_for_is_told_as_a_text() -> None:
    told_of_it = told({"A": b"\xff", "B": 1 << 70, "C": {1: "x", b"k": "\ud800"}, "EncryptionContext": 5})
    assert told_of_it == {"a": "/w==", "b": hex(1 << 70), "c": {"1": "x", "aw==": "\\ud800"}, "encryptionContext": 5}


def test_what_is_no_arn_is_in_nobodys_trail_and_still_told() -> None:
    said = msgspec.structs.replace(entry(1), identity=None, resources=("alias/x", "arn:aws:kms"))
    assert accounts_of(said) == ()
    assert all(event["resources"][0] == {"ARN": "alias/x"} for event in _tellings(said))


def test_a_time_beyond_the_calendar_is_told_as_its_end() -> None:
    for event in _tellings(msgspec.structs.replace(entry(1), time=(1 << 64) - 1)):
        assert event["eventTime"] == "9999-12-31T23:59:59Z"
