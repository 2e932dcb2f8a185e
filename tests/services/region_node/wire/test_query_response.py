"""Typed responses of the query protocol, with botocore as the reader."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

import botocore.session
import pytest
from botocore.handlers import json_decode_policies
from botocore.parsers import QueryParser

from services.region_node.iam.types.common import Tag, User
from services.region_node.iam.types.inline_policies import GetUserPolicyResponse
from services.region_node.iam.types.users import GetUserResponse, ListUsersResponse
from services.region_node.wire.query_protocol import IAM, render_query_answer
from services.region_node.wire.shapes import compile_query_response

MODEL: Any = botocore.session.get_session().get_service_model("iam")
USER = User("/", "alice", "AIDAEXAMPLEEXAMPLE", "arn:aws:iam::111122223333:user/alice", 1_764_184_222.9)


def read_by_an_sdk(operation: str, response: Any) -> dict[str, Any]:
    body = render_query_answer(IAM, operation, compile_query_response(type(response))(response), "request-1")
    model = MODEL.operation_model(operation)
    parsed = QueryParser().parse({"status_code": 200, "headers": {}, "body": body}, model.output_shape)
    assert parsed.pop("ResponseMetadata")["RequestId"] == "request-1"
    json_decode_policies(parsed, model)
    return dict(parsed)


def test_structures_times_and_lists() -> None:
    tagged = USER._replace(tags=(Tag("a<b>", "&\x00"), Tag("c", "")))
    parsed = read_by_an_sdk("GetUser", GetUserResponse(tagged))
    assert parsed["User"]["CreateDate"] == datetime(2025, 11, 26, 19, 10, 22, tzinfo=UTC)
    assert parsed["User"]["Tags"] == [{"Key": "a<b>", "Value": "&?"}, {"Key": "c", "Value": ""}]
    assert parsed["User"]["UserName"] == "alice"
    assert "PermissionsBoundary" not in parsed["User"]


def test_an_empty_list_and_a_false_are_there() -> None:
    assert read_by_an_sdk("ListUsers", ListUsersResponse(())) == {"Users": [], "IsTruncated": False}
    assert read_by_an_sdk("ListUsers", ListUsersResponse((USER,), True, "m"))["IsTruncated"] is True


def test_a_policy_goes_out_percent_encoded_and_an_sdk_reads_its_json() -> None:
    text = '{"Statement": [{"Sid": "ä+ %41&<\\u00e4"}]}'
    parsed = read_by_an_sdk("GetUserPolicy", GetUserPolicyResponse("alice", "p", text))
    assert parsed["PolicyDocument"] == {"Statement": [{"Sid": "ä+ %41&<ä"}]}


def test_maps_are_entries() -> None:
    class Counted(NamedTuple):
        counts: dict[str, str]

    rendered = compile_query_response(Counted)(Counted({"a": "1", "<": "2"}))
    assert rendered == (
        "<Counts><entry><key>a</key><value>1</value></entry><entry><key>&lt;</key><value>2</value></entry></Counts>"
    )


def test_an_answer_without_a_result_has_none() -> None:
    assert render_query_answer(IAM, "TagUser", None, "r") == (
        b'<TagUserResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">'
        b"<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></TagUserResponse>"
    )


def test_what_xml_cannot_hold_is_replaced() -> None:
    class Text(NamedTuple):
        text: str

    assert compile_query_response(Text)(Text("a\x00b\ufffec")) == "<Text>a?b?c</Text>"


def test_a_type_without_a_form_is_a_fault_of_the_program() -> None:
    class Blob(NamedTuple):
        blob: bytes

    with pytest.raises(TypeError, match="bytes"):
        compile_query_response(Blob)
