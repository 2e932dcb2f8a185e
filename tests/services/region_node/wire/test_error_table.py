"""Every refusal has its place on the wire, and SDKs read it there."""

from collections.abc import Iterator

import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.parsers import JSONParser
from botocore.retries.standard import RetryContext, ThrottledRetryableChecker, TransientRetryableChecker

from services.region_node.wire.error_table import ERROR_TABLE, LONGEST_MESSAGE, render_error, row_of
from services.region_node.wire.query_protocol import IAM, render_query_error
from shared import errors
from shared.identity import errors as identity_errors
from shared.identity import session_errors


def query_codes(service: str = "iam") -> dict[str, int]:
    """The errors of a service, with their statuses, as botocore's model has them."""
    model = botocore.session.get_session().get_service_model(service)
    told = (model.shape_for(name).metadata for name in model.shape_names)
    return {told["error"]["code"]: told["error"]["httpStatusCode"] for told in told if "error" in told}


@pytest.mark.parametrize("error", identity_errors.IdentityRefused.__subclasses__())
def test_what_iam_refuses_has_its_name_and_status_there(error: type[errors.KeytideError]) -> None:
    row = ERROR_TABLE[error]
    if error is identity_errors.NotHome:
        assert (row.query_code, row.query_status) == ("ValidationError", 400)
    else:
        assert query_codes()[row.query_code] == row.query_status
        assert error.code == f"{row.query_code}Exception"


@pytest.mark.parametrize("error", session_errors.SessionRefused.__subclasses__())
def test_what_sts_refuses_has_its_name_and_status_there(error: type[errors.KeytideError]) -> None:
    row = ERROR_TABLE[error]
    assert query_codes("sts")[row.query_code] == row.query_status
    assert error.code == row.query_code.removesuffix("Exception") + "Exception"


def every_error(base: type[errors.KeytideError] = errors.KeytideError) -> Iterator[type[errors.KeytideError]]:
    yield base
    for subclass in base.__subclasses__():
        if subclass.__module__ == errors.__name__:
            yield from every_error(subclass)


def read_by_an_sdk(error: errors.KeytideError) -> dict[str, str]:
    status, body = render_error(error)
    parsed = JSONParser().parse({"status_code": status, "headers": {}, "body": body}, None)
    return dict(parsed["Error"])


@pytest.mark.parametrize("error", list(every_error()))
def test_every_error_has_a_row(error: type[errors.KeytideError]) -> None:
    assert error in ERROR_TABLE


@pytest.mark.parametrize("error", list(every_error()))
def test_an_sdk_reads_code_and_message(error: type[errors.KeytideError]) -> None:
    parsed = read_by_an_sdk(error("what went wrong"))
    silent = row_of(error()).message_member is None
    assert parsed == {"Code": error.code, "Message": "" if silent else "what went wrong"}


@pytest.mark.parametrize("error", [error for error in every_error() if error is not errors.KeytideError])
def test_sdks_retry_what_may_be_retried(error: type[errors.KeytideError]) -> None:
    """As botocore's standard mode does. It takes an exhausted quota, AWS's own code, for throttling."""
    status, code = render_error(error("x"))[0], read_by_an_sdk(error("x"))["Code"]
    answered = AWSResponse("http://localhost", status, {}, None)
    context = RetryContext(1, None, {"Error": {"Code": code}}, answered, None, None)
    retried = any(checker().is_retryable(context) for checker in (TransientRetryableChecker, ThrottledRetryableChecker))
    assert retried is (error.retryable or error is errors.LimitExceeded)


@pytest.mark.parametrize("error", list(every_error()))
def test_every_refusal_says_what_to_do(error: type[errors.KeytideError]) -> None:
    """On one line of a header."""
    assert error.remedy.isascii()
    assert error.remedy.isprintable()
    assert error.remedy.endswith(".")


def test_client_errors_are_400_and_faults_500() -> None:
    assert render_error(errors.NotFound("x"))[0] == 400
    assert render_error(errors.AccessDenied("x"))[0] == 400
    assert render_error(errors.UnrecognizedClient("x"))[0] == 400
    for fault in (errors.InternalFailure, errors.DependencyTimeout, errors.KeyUnavailable):
        assert render_error(fault("x"))[0] == 500
    assert render_error(errors.RequestTooLarge("x"))[0] == 413
    assert render_error(errors.RequestTimedOut("x"))[0] == 408


def test_the_body_has_the_bare_code_and_the_message() -> None:
    assert render_error(errors.NotFound("gone"))[1] == b'{"__type":"NotFoundException","message":"gone"}'


def test_access_denied_spells_its_message_with_a_capital() -> None:
    assert render_error(errors.AccessDenied("no"))[1] == b'{"__type":"AccessDeniedException","Message":"no"}'


def test_a_blob_that_does_not_open_says_nothing_more() -> None:
    error = errors.InvalidCiphertext("the tag does not match")
    assert render_error(error)[1] == b'{"__type":"InvalidCiphertextException"}'


def test_an_empty_message_is_left_out() -> None:
    assert render_error(errors.UnsupportedOperation())[1] == b'{"__type":"UnsupportedOperationException"}'


def test_an_error_that_was_not_entered_is_a_fault() -> None:
    class Forgotten(errors.KeytideError):
        pass

    assert render_error(Forgotten("x"))[0] == 500


def test_a_message_that_repeats_what_a_client_sent_is_bounded_and_keeps_its_end() -> None:
    long = f"Value '{'x' * 400_000}' at 'keyId' failed to satisfy constraint: Member must be short"
    message = read_by_an_sdk(errors.ValidationFailed(long))["Message"]
    assert len(message) == LONGEST_MESSAGE
    assert message.startswith("Value 'xxx")
    assert message.endswith("xxx' at 'keyId' failed to satisfy constraint: Member must be short")
    exact = "x" * LONGEST_MESSAGE
    assert read_by_an_sdk(errors.NotFound(exact))["Message"] == exact
    assert len(render_query_error(IAM, errors.NotFound(long), "id")[1]) < LONGEST_MESSAGE + 500
