"""What is kept of a right with the state is given to no other right, of two that differ in one thing alone."""

import json
from collections.abc import Hashable
from typing import Any, NamedTuple

import pytest

from services.region_node.authorization.permission import require_on_key
from services.region_node.operations.rules import DECRYPT, ENCRYPT, Rule
from services.region_node.operations.table import OPERATIONS
from services.region_node.requests.call import Arrival, Caller, Session
from services.region_node.wire.shapes import compile_request
from shared.errors import AccessDenied
from shared.grants.model import Grant
from shared.identifiers import grant_stream, key_stream
from shared.keys.model import Key
from tests.services.region_node.callers import user
from tests.services.region_node.operations.fake_region import ACCOUNT, FakeRegion
from tests.shared.keys.examples import KEY_ID, NAME, SINGLE, view_with
from tests.shared.memory_view import MemoryView

OTHER_KEY_ID = "9" + KEY_ID[1:]
ALICE, BOB = user(name="alice"), user(name="bob")
HOME = Arrival("192.0.2.1", "agent", secure=False)
TO_ALICE = Grant(
    *(ACCOUNT, KEY_ID, "ab" * 32, 0, ACCOUNT, ("Encrypt",), "", ALICE.arn),
    *(None, None, None, None, None, None, 1),
)


class KeepingView(MemoryView):
    """Of a state that does not change any more: what is derived from it is kept."""

    def __init__(self, view: MemoryView) -> None:
        self.__dict__ |= view.__dict__
        self.kept: dict[Hashable, Any] = {}

    @property
    def derived(self) -> dict[Hashable, Any]:
        return self.kept


class Right(NamedTuple):
    """What is asked for, of the region in these tests."""

    caller: Caller = ALICE
    rule: Rule = ENCRYPT
    key_id: str = KEY_ID
    arrival: Arrival = HOME


def allowing(**condition: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*", "Condition": condition}


def in_session(source_identity: str) -> Caller:
    return ALICE._replace(session=Session(1_700_000_000_000, source_identity=source_identity))


SILENT = {**allowing(), "Action": "kms:ListGrants"}
APART = (
    ("caller", allowing(StringEquals={"aws:username": "alice"}), Right(), Right(caller=BOB)),
    (
        "session",
        allowing(StringEquals={"aws:SourceIdentity": "dora"}),
        Right(caller=in_session("dora")),
        Right(caller=in_session("emil")),
    ),
    ("action", {**allowing(), "Action": "kms:Encrypt"}, Right(), Right(rule=DECRYPT)),
    ("key", allowing(StringEquals={"aws:ResourceTag/open": "yes"}), Right(), Right(key_id=OTHER_KEY_ID)),
    (
        "address",
        allowing(IpAddress={"aws:SourceIp": "192.0.2.1/32"}),
        Right(),
        Right(arrival=HOME._replace(source="192.0.2.2")),
    ),
    (
        "transport",
        allowing(Bool={"aws:SecureTransport": "true"}),
        Right(arrival=HOME._replace(secure=True)),
        Right(),
    ),
    ("principal of a grant", SILENT, Right(), Right(caller=BOB)),
    ("operation of a grant", SILENT, Right(), Right(rule=DECRYPT)),
    ("key of a grant", SILENT, Right(), Right(key_id=OTHER_KEY_ID)),
)


def region_with(statement: dict[str, Any]) -> FakeRegion:
    """Two keys with that policy; the first is tagged, and alice has a grant on it where the policy is silent."""
    region = FakeRegion()
    region.add_user(ACCOUNT, "bob")
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    made = view_with(SINGLE).key(ACCOUNT, KEY_ID)
    assert made is not None
    first = made._replace(policy=policy, tags=(("open", "yes"),))
    for key in (first, first._replace(key_id=OTHER_KEY_ID, tags=())):
        region.view.states[key_stream(ACCOUNT, key.key_id)] = key
    if statement is SILENT:
        grant = TO_ALICE._replace(key_created_at=first.grants_life)
        region.view.states[grant_stream(ACCOUNT, KEY_ID, grant.grant_id)] = grant
    return region


def is_allowed(region: FakeRegion, view: MemoryView, right: Right) -> bool:
    call = region.call(caller=right.caller)
    call.view, call.arrival = view, right.arrival
    operation = "Encrypt" if right.rule is ENCRYPT else "Decrypt"
    parameters = {"KeyId": NAME.key_id, "Plaintext": "YQ=="} if right.rule is ENCRYPT else {"CiphertextBlob": "YQ=="}
    call.request = compile_request(OPERATIONS[operation].request)(parameters)
    key = view.states[key_stream(ACCOUNT, right.key_id)]
    assert isinstance(key, Key)
    try:
        require_on_key(call, right.rule, key)
    except AccessDenied:
        return False
    return True


@pytest.mark.parametrize(("statement", "allowed", "refused"), [row[1:] for row in APART], ids=[row[0] for row in APART])
@pytest.mark.parametrize("first_allowed", [True, False])
def test_a_kept_right_is_no_other_one(
    statement: dict[str, Any], allowed: Right, refused: Right, first_allowed: bool
) -> None:
    region = region_with(statement)
    view = KeepingView(region.view)
    order = (allowed, refused) if first_allowed else (refused, allowed)
    for right in 2 * order:
        assert is_allowed(region, view, right) is (right is allowed)
    assert view.kept


def test_nothing_is_kept_of_what_a_session_brings() -> None:
    region = region_with(allowing(StringEquals={"aws:PrincipalTag/team": "red"}))
    view = KeepingView(region.view)
    for team, expected in 2 * (("red", True), ("blue", False)):
        caller = ALICE._replace(session=Session(1_700_000_000_000, tags=(("team", team),)))
        assert is_allowed(region, view, Right(caller=caller)) is expected
    assert not [name for name in view.kept if isinstance(name, tuple) and caller in name]
