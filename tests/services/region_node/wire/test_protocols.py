"""Which protocol a request speaks whose signature cannot be read, and what the answer to it looks like."""

import pytest

from services.region_node.wire.protocols import JSON, QUERY, Protocol, headers_of, protocol_of
from shared.errors import MissingAuthenticationToken

FORM = b"application/x-www-form-urlencoded; charset=utf-8"


@pytest.mark.parametrize(
    ("headers", "protocol"),
    [
        ([], JSON),
        ([(b"content-type", b"application/x-amz-json-1.1")], JSON),
        ([(b"content-type", FORM)], QUERY["sts"]),
        ([(b"x-content-type", FORM)], JSON),
    ],
)
def test_only_a_form_is_a_query(headers: list[tuple[bytes, bytes]], protocol: Protocol) -> None:
    assert protocol_of(headers) is protocol


@pytest.mark.parametrize(
    ("protocol", "content_type", "begins"),
    [
        (JSON, b"application/x-amz-json-1.1", b'{"__type"'),
        (QUERY["sts"], b"text/xml", b'<ErrorResponse xmlns="https://sts.'),
        (QUERY["iam"], b"text/xml", b'<ErrorResponse xmlns="https://iam.'),
    ],
)
def test_each_refuses_in_its_own_form(protocol: Protocol, content_type: bytes, begins: bytes) -> None:
    assert headers_of(protocol, "id") == ((b"content-type", content_type), (b"x-amzn-requestid", b"id"))
    assert protocol.render_error(MissingAuthenticationToken("none"), "id")[1].startswith(begins)
