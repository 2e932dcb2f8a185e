"""STS behind the pipeline: presigned URLs, session tokens, requests that nobody has signed."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import orjson
import pytest

from services.region_node.requests.arrived import Answered, Arrived
from tests.replication.written_log import ACCOUNT, HOME
from tests.services.region_node.serving_region import ACCESS_KEY_ID, ServingRegion
from tests.services.region_node.wire.signed_requests import NOW, Sent, presign, sign

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/x-amz-json-1.1"}
VERSION = {"Version": "2011-06-15"}


@pytest.fixture
def region() -> ServingRegion:
    return ServingRegion()


def texts(answered: Answered) -> dict[str, str]:
    """The leaves of an XML answer."""
    found = ElementTree.fromstring(answered.body).iter()  # noqa: S314  # our own answer
    return {element.tag.rpartition("}")[2]: element.text or "" for element in found if len(element) == 0}


async def sts(region: ServingRegion, **parameters: str) -> Mapping[str, str]:
    body = urlencode({**VERSION, **parameters}).encode()
    answered = await region.send(sign(body, headers=FORM, service="sts", region=HOME, access_key_id=ACCESS_KEY_ID))
    assert answered.status == 200, answered.body
    return texts(answered)


def with_session(region: ServingRegion, credentials: Mapping[str, str], **changes: Any) -> Sent:
    told = {
        "access_key_id": credentials["AccessKeyId"],
        "secret": credentials["SecretAccessKey"],
        "token": credentials["SessionToken"],
        **changes,
    }
    headers = {**JSON, "X-Amz-Target": "TrentService.ListKeys"}
    return sign(headers=headers, region=HOME, **told)


@pytest.fixture
async def credentials(region: ServingRegion) -> Mapping[str, str]:
    return await sts(region, Action="GetSessionToken")


async def test_a_presigned_url_tells_who_made_it(region: ServingRegion) -> None:
    """What Kubernetes and Vault send on to find out who logs in."""
    told = texts(await region.send(presign(region=HOME, access_key_id=ACCESS_KEY_ID, seconds=900)))
    assert told["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/admin"


async def test_a_presigned_url_of_a_session(region: ServingRegion, credentials: Mapping[str, str]) -> None:
    sent = presign(
        region=HOME,
        access_key_id=credentials["AccessKeyId"],
        secret=credentials["SecretAccessKey"],
        token=credentials["SessionToken"],
    )
    assert texts(await region.send(sent))["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/admin"


async def test_a_presigned_url_of_kms(region: ServingRegion) -> None:
    headers = {"x-amz-target": "TrentService.ListKeys"}
    sent = presign(
        method="POST", query="", body=b"{}", headers=headers, service="kms", region=HOME, access_key_id=ACCESS_KEY_ID
    )
    answered = await region.send(sent)
    assert (answered.status, orjson.loads(answered.body)["Keys"]) == (200, [])


async def test_a_malformed_url_is_refused_in_its_protocol(region: ServingRegion) -> None:
    sent = presign(region=HOME, access_key_id=ACCESS_KEY_ID, seconds=604_801)
    assert texts(await region.send(sent))["Code"] == "IncompleteSignature"


async def test_a_session_asks_kms(region: ServingRegion, credentials: Mapping[str, str]) -> None:
    assert (await region.send(with_session(region, credentials))).status == 200


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"token": "made up"}, "UnrecognizedClientException"),
        ({"token": None}, "UnrecognizedClientException"),
        ({"secret": "guessed"}, "InvalidSignatureException"),
        ({"access_key_id": ACCESS_KEY_ID}, "UnrecognizedClientException"),
    ],
)
async def test_kms_refuses_part_of_the_credentials(
    changes: dict[str, Any], code: str, region: ServingRegion, credentials: Mapping[str, str]
) -> None:
    answered = await region.send(with_session(region, credentials, **changes))
    assert (answered.status, orjson.loads(answered.body)["__type"]) == (400, code)


async def test_a_token_that_is_not_signed_is_refused(region: ServingRegion, credentials: Mapping[str, str]) -> None:
    sent = with_session(region, credentials, token=None)
    answered = await region.send(sent.with_header(b"x-amz-security-token", credentials["SessionToken"].encode()))
    assert orjson.loads(answered.body)["__type"] == "InvalidSignatureException"


async def test_sts_names_what_it_refuses_in_its_own_way(region: ServingRegion, credentials: Mapping[str, str]) -> None:
    body = urlencode({**VERSION, "Action": "GetCallerIdentity"}).encode()
    sent = sign(
        body,
        headers=FORM,
        service="sts",
        region=HOME,
        access_key_id=credentials["AccessKeyId"],
        secret=credentials["SecretAccessKey"],
        token="made up",
    )
    answered = await region.send(sent)
    assert (answered.status, texts(answered)["Code"]) == (403, "InvalidClientTokenId")


def unsigned(method: str, **parameters: str) -> Arrived:
    form = urlencode({**VERSION, **parameters}).encode()
    headers = ((b"content-type", FORM["Content-Type"].encode()), (b"host", b"h"))
    if method == "GET":
        return Arrived(method, b"/", form, headers[1:], b"", "192.0.2.1")
    return Arrived(method, b"/", b"", headers, form, "192.0.2.1")


ROLE = {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/ops", "RoleSessionName": "build", "WebIdentityToken": "no token"}


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_who_shows_a_token_need_not_sign(method: str, region: ServingRegion) -> None:
    answering = region.pipeline.answer(unsigned(method, Action="AssumeRoleWithWebIdentity", **ROLE))
    answered = answering if isinstance(answering, Answered) else await answering
    assert (answered.status, texts(answered)["Code"]) == (400, "InvalidIdentityToken")
    assert region.store.held == 0


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("action", ["GetCallerIdentity", "AssumeRole", "CreateUser", "Nothing"])
def test_everything_else_has_to_be_signed(action: str, method: str, region: ServingRegion) -> None:
    answered = region.pipeline.answer(unsigned(method, Action=action, **ROLE))
    assert isinstance(answered, Answered)
    assert (answered.status, texts(answered)["Code"]) == (403, "MissingAuthenticationToken")


async def test_an_expired_session_says_so(region: ServingRegion, credentials: Mapping[str, str]) -> None:
    later = NOW + 43_200_000
    region.now = later
    answered = await region.send(with_session(region, credentials, at=later))
    assert orjson.loads(answered.body) == {
        "__type": "ExpiredTokenException",
        "message": "The security token included in the request is expired",
    }
