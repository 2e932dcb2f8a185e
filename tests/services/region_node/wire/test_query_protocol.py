"""Refusals of the query protocol, with botocore as the reader."""

from typing import Any

import botocore.session
import pytest
from botocore.parsers import QueryParser

from services.region_node.wire.query_protocol import IAM, STS, QueryService, render_query_error
from shared import errors


def read_by_an_sdk(status: int, body: bytes) -> dict[str, Any]:
    model = botocore.session.get_session().get_service_model("sts").operation_model("GetCallerIdentity")
    parsed = QueryParser().parse({"status_code": status, "headers": {}, "body": body}, model.output_shape)
    return dict(parsed)


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
        (errors.UnknownOperation("x"), 400, "InvalidAction", "x"),
        (errors.NotFound("x"), 404, "NoSuchEntity", "x"),
        (errors.AlreadyExists("x"), 409, "EntityAlreadyExists", "x"),
        (errors.LimitExceeded("x"), 409, "LimitExceeded", "x"),
        (errors.MalformedPolicy("x"), 400, "MalformedPolicyDocument", "x"),
        (errors.SerializationFailed("x"), 400, "MalformedQueryString", "x"),
    ],
)
@pytest.mark.parametrize("service", [STS, IAM])
def test_an_sdk_reads_an_error_under_its_name_in_the_query_protocol(
    service: QueryService, error: errors.KeytideError, status: int, code: str, message: str
) -> None:
    rendered_status, body = render_query_error(service, error, "request-1")
    parsed = read_by_an_sdk(rendered_status, body)
    assert rendered_status == status
    assert parsed["Error"] == {"Type": "Receiver" if status == 500 else "Sender", "Code": code, "Message": message}
    assert parsed["ResponseMetadata"]["RequestId"] == "request-1"
