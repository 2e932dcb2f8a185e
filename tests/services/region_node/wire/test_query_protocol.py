"""The query protocol of STS, with botocore as the reader of what goes out and the writer of what comes in."""

from typing import Any

import botocore.session
import pytest
from botocore.parsers import QueryParser
from botocore.serialize import create_serializer

from services.region_node.call import Caller
from services.region_node.wire.query_protocol import (
    parse_query,
    render_answer,
    render_caller_identity,
    render_query_error,
    unknown_action,
)
from shared import errors

CALLER = Caller("111122223333", "arn:aws:iam::111122223333:user/ad<min>&co", "AIDAEXAMPLE", "AKIAEXAMPLE")


def read_by_an_sdk(status: int, body: bytes) -> dict[str, Any]:
    model = botocore.session.get_session().get_service_model("sts").operation_model("GetCallerIdentity")
    parsed = QueryParser().parse({"status_code": status, "headers": {}, "body": body}, model.output_shape)
    return dict(parsed)


def test_an_sdks_request_is_read() -> None:
    model = botocore.session.get_session().get_service_model("sts").operation_model("GetCallerIdentity")
    serialized = create_serializer("query").serialize_to_request({}, model)
    body = "&".join(f"{name}={value}" for name, value in serialized["body"].items())
    assert parse_query(body.encode()) == ("GetCallerIdentity", {})


def test_parameters_are_decoded() -> None:
    query = parse_query(b"Action=AssumeRole&Version=2011-06-15&RoleArn=a%3Ab&Name=a+b%2B&Empty=&Bare")
    assert query == ("AssumeRole", {"RoleArn": "a:b", "Name": "a b+", "Empty": "", "Bare": ""})


@pytest.mark.parametrize("body", [b"Action=a&Action=b&Version=2011-06-15", b"A=%ff", b"&".join([b"a=b"] * 1001)])
def test_a_form_that_can_be_read_in_two_ways_or_not_at_all_is_refused(body: bytes) -> None:
    with pytest.raises(errors.SerializationFailed):
        parse_query(body)


@pytest.mark.parametrize(
    "body", [b"", b"Version=2011-06-15", b"Action=GetCallerIdentity", b"Action=a&Version=2010-05-08"]
)
def test_a_missing_action_or_another_version_is_unknown(body: bytes) -> None:
    with pytest.raises(errors.UnknownOperation):
        parse_query(body)


def test_an_sdk_reads_the_callers_identity() -> None:
    parsed = read_by_an_sdk(200, render_caller_identity(CALLER, "request-1"))
    metadata = parsed.pop("ResponseMetadata")
    assert metadata["RequestId"] == "request-1"
    assert parsed == {"UserId": "AIDAEXAMPLE", "Account": "111122223333", "Arn": CALLER.arn}


@pytest.mark.parametrize(
    ("error", "status", "code", "message"),
    [
        (
            errors.MissingAuthenticationToken("Missing Authentication Token"),
            403,
            "MissingAuthenticationToken",
            "Request is missing Authentication Token",
        ),
        (errors.UnrecognizedClient("x"), 403, "InvalidClientTokenId", "x"),
        (errors.InvalidSignature("x"), 403, "SignatureDoesNotMatch", "x"),
        (errors.IncompleteSignature("x <&> y"), 403, "IncompleteSignature", "x <&> y"),
        (errors.ExpiredToken("x"), 403, "ExpiredToken", "x"),
        (errors.AccessDenied("x"), 403, "AccessDenied", "x"),
        (errors.InternalFailure("x"), 500, "InternalFailure", "x"),
        (errors.ValidationFailed("x"), 400, "ValidationError", "x"),
        (
            unknown_action(parse_query(b"Action=Fly&Version=2011-06-15")),
            400,
            "InvalidAction",
            "Could not find operation Fly for version 2011-06-15",
        ),
    ],
)
def test_an_sdk_reads_an_error_under_its_name_in_sts(
    error: errors.KeytideError, status: int, code: str, message: str
) -> None:
    rendered_status, body = render_query_error(error, "request-1")
    parsed = read_by_an_sdk(rendered_status, body)
    assert rendered_status == status
    assert parsed["Error"] == {"Type": "Receiver" if status == 500 else "Sender", "Code": code, "Message": message}
    assert parsed["ResponseMetadata"]["RequestId"] == "request-1"


def test_what_xml_cannot_hold_is_replaced() -> None:
    assert b"<A>a?b?c</A>" in render_answer("Do", {"A": "a\x00b\ufffec"}, "r")
