"""Who may come in, and when a repeated request is the same command: signatures, clocks, retries."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
import urllib3
from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import ClientError, ConnectionClosedError

from tests.running import THREE_REGIONS, Running, code_of

Sent = list[AWSPreparedRequest]


@pytest.mark.parametrize("region", THREE_REGIONS)
def test_a_wrong_secret_is_refused_everywhere(keytide: Running, region: str) -> None:
    client = keytide.client(region, secret="a" * 40)
    with pytest.raises(ClientError, match="The request signature we calculated does not match") as refused:
        client.list_keys()
    assert code_of(refused.value) == "InvalidSignatureException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    with pytest.raises(ClientError) as refused:
        keytide.client(region, "sts", secret="a" * 40).get_caller_identity()
    assert code_of(refused.value) == "SignatureDoesNotMatch"


@pytest.mark.parametrize("region", THREE_REGIONS)
def test_an_unknown_access_key_is_refused_everywhere(keytide: Running, region: str) -> None:
    client = keytide.client(region, access_key_id="AKIAIOSFODNN7EXAMPLE")
    with pytest.raises(ClientError, match="The security token included in the request is invalid") as refused:
        client.list_keys()
    assert code_of(refused.value) == "UnrecognizedClientException"


@pytest.mark.parametrize(("minutes", "says"), [(-6, "Signature expired: "), (6, "Signature not yet current: ")])
def test_a_clock_that_is_off_is_told_so(keytide: Running, minutes: int, says: str) -> None:
    client = keytide.client("us-east-1")
    with clock_off(timedelta(minutes=minutes)), pytest.raises(ClientError, match=says) as refused:
        client.list_keys()
    assert code_of(refused.value) == "InvalidSignatureException"


@pytest.mark.parametrize("minutes", [-4, 4])
def test_a_clock_that_is_a_little_off_is_let_in(keytide: Running, minutes: int) -> None:
    client = keytide.client("us-east-1")
    with clock_off(timedelta(minutes=minutes)):
        assert client.list_keys()["Keys"]


def test_an_attempt_repeated_by_the_sdk_is_one_command(keytide: Running) -> None:
    client = keytide.client("us-east-1")
    sent, first = watched(client, lambda: client.create_key(Description="once"))
    again = send_again(sent[0])
    assert again["KeyMetadata"]["KeyId"] == first["KeyMetadata"]["KeyId"]
    assert count_described(client, "once") == 1


def test_an_attempt_signed_anew_is_still_the_same_command(keytide: Running) -> None:
    """A retry a second later has another signature, and the same invocation id."""
    client = keytide.client("us-east-1", attempts=2)
    answers: list[Any] = []
    client.meta.events.register("before-send.kms.CreateKey", lambda request, **_: lost_once(request, answers))
    client.create_key(Description="lost once")
    assert len(answers) == 2
    assert count_described(client, "lost once") == 1


def test_two_calls_in_one_second_are_two_commands(keytide: Running) -> None:
    client = keytide.client("us-east-1")
    made = {client.create_key(Description="twice")["KeyMetadata"]["KeyId"] for _ in range(2)}
    assert len(made) == 2


def test_a_retry_of_a_refused_change_may_still_take_effect(keytide: Running) -> None:
    """What was refused made no record, so the same command is decided anew."""
    client = keytide.client("us-east-1")
    key_id = client.create_key()["KeyMetadata"]["KeyId"]
    name = f"alias/later-{key_id}"
    client.create_alias(AliasName=name, TargetKeyId=key_id)
    other = client.create_key()["KeyMetadata"]["KeyId"]
    sent: Sent = []
    client.meta.events.register("before-send.kms.CreateAlias", lambda request, **_: sent.append(request))
    with pytest.raises(client.exceptions.AlreadyExistsException):
        client.create_alias(AliasName=name, TargetKeyId=other)
    client.delete_alias(AliasName=name)
    send_again(sent[0])
    assert client.describe_key(KeyId=name)["KeyMetadata"]["KeyId"] == other


def watched(client: Any, call: Callable[[], Any]) -> tuple[Sent, Any]:
    """The requests that `call` sent, and its answer."""
    sent: Sent = []
    client.meta.events.register("before-send.kms.*", lambda request, **_: sent.append(request))
    return sent, call()


def send_again(request: AWSPreparedRequest) -> Any:
    """Identical bytes, as after an answer that was lost."""
    headers = {name: value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()}
    with urllib3.PoolManager() as pool:
        answer = pool.request("POST", request.url, body=request.body, headers=headers, retries=False)
    assert answer.status == 200, answer.data
    return answer.json() if answer.data else None


def lost_once(request: AWSPreparedRequest, answers: list[Any]) -> None:
    """Let the server answer the first attempt, and the client never hear of it."""
    answers.append(request)
    if len(answers) == 1:
        send_again(request)
        raise ConnectionClosedError(endpoint_url=request.url)


def count_described(client: Any, description: str) -> int:
    pages = client.get_paginator("list_keys").paginate()
    keys = [row["KeyId"] for page in pages for row in page["Keys"]]
    return sum(client.describe_key(KeyId=key)["KeyMetadata"]["Description"] == description for key in keys)


@contextmanager
def clock_off(difference: timedelta) -> Iterator[None]:
    """Sign as a machine would whose clock is off."""
    wrong = datetime.now(UTC) + difference
    with patch("botocore.auth.get_current_datetime", return_value=wrong.replace(tzinfo=None)):
        yield
