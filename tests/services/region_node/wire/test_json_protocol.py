"""The body of AWS JSON 1.1."""

import pytest

from services.region_node.wire.json_protocol import parse_body
from shared.errors import SerializationFailed


def test_a_body_is_an_object_and_an_empty_body_an_empty_one() -> None:
    assert parse_body(b' {"a": 1} ') == {"a": 1}
    assert parse_body(b"") == {}


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1e999}',
        b'{"a": "\\ud800"}',
        b'{"a": "\xff"}',
        b'\xef\xbb\xbf{"a": 1}',
        b'{"a": 1,}',
        b'{"a": 1}{}',
        b"[" * 100_000,
        b'{"a":' * 2_000 + b"1" + b"}" * 2_000,
        b"\x00",
    ],
)
def test_what_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(SerializationFailed):
        parse_body(body)


@pytest.mark.parametrize("body", [b"[]", b"null", b"1", b'"text"', b"true"])
def test_what_is_not_an_object_is_refused(body: bytes) -> None:
    with pytest.raises(SerializationFailed, match="must be a JSON object"):
        parse_body(body)
