"""What an entry must not hold stands in no refusal either: its message is in the entry, and at the client."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from services.region_node.requests.routes import QUERY_ROUTES, ROUTES, UNRECORDED
from services.region_node.wire.member import is_structure, members_of
from services.region_node.wire.shapes import compile_request
from shared.errors import KeytideError

MARK = "SECRET"
TRIED = ((f"{MARK}\u2603", 1), (f"{MARK}\x00", 100), (MARK, 1), (f"{MARK} !" * 20_000, 1))
"""Texts that break some rule of every text that has one, its letters or its length; and how many a list has of them."""


def _secret_members(shape: type, path: str = "") -> Iterator[str]:
    for member in members_of(shape):
        kind = member.kind.element or member.kind
        if is_structure(kind.base):
            yield from _secret_members(kind.base, f"{path}{member.wire_name}.")
        elif member.kind.sensitive or kind.sensitive or member.wire_name in UNRECORDED:
            yield f"{path}{member.wire_name}"


OPERATIONS = {
    f"{route.service}:{route.operation.request.__name__}": route.operation.request
    for route in (*ROUTES.values(), *QUERY_ROUTES.values())
}
SECRETS = [(shape, path) for shape in OPERATIONS.values() for path in _secret_members(shape)]


def _document(shape: type, path: str, bad: str, count: int) -> dict[str, Any]:
    name, _, rest = path.partition(".")
    (member,) = (member for member in members_of(shape) if member.wire_name == name)
    kind = member.kind.element or member.kind
    value: Any = bad
    if rest:
        value = _document(kind.base, rest, bad, count)
    elif kind.base is bytes:
        value = b64encode(bad.encode()).decode()
    return {name: value if member.kind.element is None else [value] * count}


def test_tokens_passwords_and_policies_are_among_what_is_kept_back() -> None:
    names = {path.rpartition(".")[2] for _, path in SECRETS}
    assert {"GrantToken", "GrantTokens", "TokenCode", "KeyStorePassword", "Policy", "PolicyDocument"} <= names
    assert {"WebIdentityToken", "ContextAssertion", "RawSecretAccessKey", "PolicyInputList", "Plaintext"} <= names
    assert "ServiceControlPolicyInputList" in names


@pytest.mark.parametrize(("shape", "path"), SECRETS, ids=[f"{shape.__name__}-{path}" for shape, path in SECRETS])
def test_no_refusal_prints_a_value_that_is_kept_back(shape: type[Any], path: str) -> None:
    decode = compile_request(shape)
    refusals = [_refusal(decode, _document(shape, path, bad, count)) for bad, count in TRIED]
    for refusal in refusals:
        assert MARK not in refusal
        assert b64encode(MARK.encode()).decode() not in refusal


def _refusal(decode: Callable[[object], object], document: object) -> str:
    try:
        decode(document)
    except KeytideError as refusal:
        return refusal.message
    return ""
