"""What every request runs through, from its bytes to its answer."""

import gc
import logging
from urllib.parse import quote

import pytest

from replication.state.state_store import ADAPTER, BUILT, STREAMS, row_key
from replication.witness.admission import Admission, Gate, write_admission
from replication.witness.witness_rule import Ruling, Service, Why
from replication.writing.draft import Answer, Draft
from services.region_node.requests.arrived import Arrived
from services.region_node.requests.call import Call
from services.region_node.requests.request_id import RequestIds
from services.region_node.witness.unconfirmed_header import UNWITNESSED_HEADER
from shared.errors import NotFound
from shared.identifiers import access_key_stream, user_stream
from shared.identity.account_events import AccountHomeMoved
from tests.replication.written_log import ACCOUNT, HOME
from tests.services.region_node.iam.asking import TRUST
from tests.services.region_node.serving_region import ACCESS_KEY_ID, ServingRegion, read
from tests.services.region_node.wire.signed_requests import Sent, sign

TARGET = "TrentService."


@pytest.fixture
def region() -> ServingRegion:
    return ServingRegion()


async def test_a_change_is_applied_and_rendered_from_the_state_after_it(region: ServingRegion) -> None:
    status, body = await region.ask("CreateKey", Description="text")
    assert (status, body["KeyMetadata"]["Description"]) == (200, "text")
    key_id = body["KeyMetadata"]["KeyId"]
    status, body = await region.ask("DescribeKey", KeyId=key_id)
    assert (status, body["KeyMetadata"]["KeyId"]) == (200, key_id)


async def test_a_change_that_waits_for_the_log_holds_no_snapshot(region: ServingRegion) -> None:
    """The state has few readers for all of a region's processes, and the log may be away for long."""
    _, body = await region.ask("CreateKey")
    key_id = body["KeyMetadata"]["KeyId"]
    await region.ask("DisableKey", KeyId=key_id)
    await region.ask("ScheduleKeyDeletion", KeyId=key_id)
    assert region.submitted == [0, 0, 0]
    assert region.store.held == 0


def calls() -> set[int]:
    return {id(one) for one in gc.get_objects() if isinstance(one, Call)}


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("operation", ["GetKeyPolicy", "DescribeKey", "ScheduleKeyDeletion"])
async def test_an_answered_request_is_gone_without_the_collector(
    region: ServingRegion, operation: str, status: int
) -> None:
    """A worker's collector comes rarely, and a request holds what it was sent."""
    _, body = await region.ask("CreateKey")
    key_id = body["KeyMetadata"]["KeyId"] if status == 200 else "00000000-0000-0000-0000-000000000000"
    gc.collect()
    held = calls()
    gc.disable()
    try:
        assert (await region.ask(operation, KeyId=key_id))[0] == status
        assert calls() == held
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("invocations", "exchanges", "keys"),
    [
        (("a", "a"), (b"1", b"2"), 1),
        (("a", "b"), (b"1", b"1"), 2),
        (("", ""), (b"1", b"1"), 1),
        (("", ""), (b"1", b"2"), 2),
        (("", ""), (b"", b""), 2),
    ],
)
async def test_a_request_that_comes_again_takes_effect_once_where_it_can_be_known(
    region: ServingRegion, invocations: tuple[str, str], exchanges: tuple[bytes, bytes], keys: int
) -> None:
    """By the SDK's number of the call, or else by the front door's number of the exchange."""
    for invocation, exchange in zip(invocations, exchanges, strict=True):
        headers = {"X-Amz-Target": TARGET + "CreateKey", "amz-sdk-invocation-id": invocation}
        sent = sign(headers={name: value for name, value in headers.items() if value}, region=HOME,
                    access_key_id=ACCESS_KEY_ID)  # fmt: skip
        assert (await region.send(sent, exchange)).status == 200
    _, body = await region.ask("ListKeys")
    assert len(body["Keys"]) == keys


async def test_the_record_of_a_change_tells_who_asked_for_what(region: ServingRegion) -> None:
    drafts: list[Draft] = []
    submit = region.submit

    async def noted(draft: Draft) -> Answer:
        drafts.append(draft)
        return await submit(draft)

    region.submit = noted  # type: ignore[method-assign]
    await region.ask("CreateKey", Description="text")
    (draft,) = drafts
    assert draft.request is not None
    assert (draft.request.caller, draft.request.access_key_id) == (f"arn:aws:iam::{ACCOUNT}:user/admin", ACCESS_KEY_ID)
    asked = {"Description": "text", "Origin": "AWS_KMS", "BypassPolicyLockoutSafetyCheck": False}
    assert (draft.request.operation, draft.request.parameters) == ("CreateKey", asked)
    assert draft.request.source_address == "127.0.0.1"


async def test_what_is_refused_is_told_in_aws_s_form_with_the_request_s_id(region: ServingRegion) -> None:
    headers = {"X-Amz-Target": "TrentService.DescribeKey"}
    sent = sign(b'{"KeyId": "none"}', headers=headers, region=HOME, access_key_id=ACCESS_KEY_ID)
    answered = await region.send(sent)
    assert read(answered) == (400, {"__type": "NotFoundException", "message": "Invalid keyId 'none'"})
    assert dict(answered.headers)[b"x-keytide-remedy"] == NotFound.remedy.encode()
    assert len(dict(answered.headers)[b"x-amzn-requestid"]) == len(RequestIds().fresh())


@pytest.mark.parametrize(
    ("operation", "access_key_id", "code"),
    [
        ("DescribeKey", "AKIAIOSFODNN7EXAMPLE", "UnrecognizedClientException"),
        ("NoSuchOperation", ACCESS_KEY_ID, "UnknownOperationException"),
        ("NoSuchOperation", "AKIAIOSFODNN7EXAMPLE", "UnrecognizedClientException"),
    ],
)
async def test_who_asks_is_found_out_before_what_is_asked(
    region: ServingRegion, operation: str, access_key_id: str, code: str
) -> None:
    sent = sign(headers={"X-Amz-Target": TARGET + operation}, region=HOME, access_key_id=access_key_id)
    assert read(await region.send(sent))[1]["__type"] == code


@pytest.mark.parametrize("stream", [access_key_stream(ACCOUNT, ACCESS_KEY_ID), user_stream(ACCOUNT, "admin")])
async def test_whoever_is_gone_is_refused_at_the_next_request(region: ServingRegion, stream: str) -> None:
    assert (await region.ask("ListKeys"))[0] == 200
    with region.store.write() as transaction:
        transaction.delete(STREAMS, row_key(0, stream))
    for operation in ("ListKeys", "CreateKey"):
        assert (await region.ask(operation))[1]["__type"] == "UnrecognizedClientException"


async def test_a_client_that_was_let_in_has_to_sign_its_next_request_too(region: ServingRegion) -> None:
    sent = sign(headers={"X-Amz-Target": TARGET + "ListKeys"}, region=HOME, access_key_id=ACCESS_KEY_ID)
    assert (await region.send(sent)).status == 200
    for other in (
        sent._replace(body=b'{"Limit":1}'),
        sent.with_authorization(sent.header(b"authorization")[-3:], b"000"),
    ):
        assert read(await region.send(other))[1]["__type"] == "InvalidSignatureException"


async def test_an_unsigned_request_is_refused(region: ServingRegion) -> None:
    arrived = Arrived("POST", b"/", b"", ((b"x-amz-target", b"TrentService.ListKeys"),), b"{}", "127.0.0.1")
    answered = region.pipeline.answer(arrived)
    assert read(answered)[1]["__type"] == "MissingAuthenticationTokenException"  # type: ignore[arg-type]


@pytest.mark.parametrize("operation", ["ListKeys", "CreateKey"])
async def test_a_state_that_is_not_built_refuses_retryably(region: ServingRegion, operation: str) -> None:
    with region.store.write() as transaction:
        transaction.delete(ADAPTER, BUILT)
    status, body = await region.ask(operation)
    assert (status, body["__type"]) == (500, "DependencyTimeoutException")
    assert region.store.held == 0


@pytest.mark.parametrize("operation", ["ListKeys", "CreateKey"])
async def test_a_fault_of_the_program_is_logged_without_values_and_ends_its_request(
    region: ServingRegion, operation: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("a secret value")

    monkeypatch.setattr(region.pipeline._region.authenticator, "authenticate", fails)
    with caplog.at_level(logging.ERROR):
        status, body = await region.ask(operation)
    assert (status, body["__type"]) == (500, "KMSInternalException")
    assert "a secret value" not in caplog.text
    assert region.store.held == 0
    assert [sample.labels for sample in region.counts.samples() if sample.family == "requests"] == [
        (operation, "KMSInternalException")
    ]


async def test_sts_tells_who_asks(region: ServingRegion) -> None:
    body = b"Action=GetCallerIdentity&Version=2011-06-15"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    sent = sign(body, headers=headers, service="sts", region=HOME, access_key_id=ACCESS_KEY_ID)
    answered = await region.send(sent)
    assert answered.status == 200
    assert f"arn:aws:iam::{ACCOUNT}:user/admin".encode() in answered.body


@pytest.mark.parametrize(
    ("service", "body", "status", "code"),
    [
        ("sts", b"Action=Fly&Version=2011-06-15", 400, "InvalidAction"),
        ("sts", b"Action=GetCallerIdentity&Version=2010-05-08", 400, "InvalidAction"),
        ("iam", b"Action=GetCallerIdentity&Version=2011-06-15", 400, "InvalidAction"),
        ("sts", b"Version=2011-06-15", 400, "InvalidAction"),
        ("sts", b"Action.member.1=GetCallerIdentity&Version=2011-06-15", 400, "InvalidAction"),
        ("sts", b"Action=GetCallerIdentity&Version=2011-06-15&Action=Fly", 400, "MalformedQueryString"),
        ("sts", b"", 400, "InvalidAction"),
    ],
)
async def test_a_query_that_names_nothing_is_refused_in_xml(
    region: ServingRegion, service: str, body: bytes, status: int, code: str
) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    sent = sign(body, headers=headers, service=service, region=HOME, access_key_id=ACCESS_KEY_ID)
    answered = await region.send(sent)
    assert (answered.status, dict(answered.headers)[b"content-type"]) == (status, b"text/xml")
    assert f"<Code>{code}</Code>".encode() in answered.body
    unknown = sign(body, headers=headers, service=service, region=HOME, access_key_id="AKIAIOSFODNN7EXAMPLE")
    assert b"<Code>InvalidClientTokenId</Code>" in (await region.send(unknown)).body


FORM = {"Content-Type": "application/x-www-form-urlencoded"}
CREATE_ROLE = b"Action=CreateRole&Version=2010-05-08&RoleName=ops&AssumeRolePolicyDocument=" + quote(TRUST).encode()


def of_iam(body: bytes, **headers: str) -> Sent:
    """Signed for another region than the one that answers, as AWS's clients do."""
    return sign(body, headers={**FORM, **headers}, service="iam", region="us-gov-1", access_key_id=ACCESS_KEY_ID)


async def test_a_change_of_iam_is_recorded_like_every_other_and_takes_effect_once(region: ServingRegion) -> None:
    drafts: list[Draft] = []
    submit = region.submit

    async def noted(draft: Draft) -> Answer:
        drafts.append(draft)
        return await submit(draft)

    region.submit = noted  # type: ignore[method-assign]
    sent = of_iam(CREATE_ROLE, **{"amz-sdk-invocation-id": "a"})
    first, again = await region.send(sent), await region.send(sent)
    assert (first.status, again.status) == (200, 200)
    assert _between(first.body, b"<RoleId>") == _between(again.body, b"<RoleId>")
    (draft,) = drafts
    assert draft.request is not None
    assert (draft.request.operation, draft.request.parameters) == ("CreateRole", {"RoleName": "ops"})
    assert [sample.labels[0] for sample in region.counts.samples()] == ["CreateRole"] * 2


def _between(body: bytes, tag: bytes) -> bytes:
    return body.split(tag)[1].split(b"<")[0]


async def test_a_region_that_is_not_the_home_reads_and_names_the_home_for_changes(region: ServingRegion) -> None:
    region.write(AccountHomeMoved(ACCOUNT, "ap-southeast-2", 1, None))
    listed = await region.send(of_iam(b"Action=ListRoles&Version=2010-05-08"))
    assert listed.status == 200
    assert b"x-keytide-home" not in dict(listed.headers)
    refused = await region.send(of_iam(CREATE_ROLE))
    assert (refused.status, dict(refused.headers)[b"x-keytide-home"]) == (400, b"ap-southeast-2")
    assert b"<Code>ValidationError</Code>" in refused.body
    assert region.submitted == []


@pytest.mark.parametrize(
    ("service", "why", "told"),
    [
        (Service.WHOLE, Why.WITNESSED, None),
        (Service.READS, Why.UNWITNESSED, b"unwitnessed"),
        (Service.WHOLE, Why.VOUCHED, b"vouched"),
        (Service.NONE, Why.OVERDUE, None),
    ],
)
async def test_every_answer_that_no_peer_has_confirmed_says_so(service: Service, why: Why, told: bytes | None) -> None:
    region = ServingRegion(Gate("now"))
    write_admission(region.store, Admission("now", Ruling(service, why, "so", region.now + 1), 0))
    served = 200 if service is not Service.NONE else 500
    for operation, status in (("ListKeys", served), ("DescribeKey", 400 if served == 200 else 500)):
        sent = sign(b"{}", headers={"X-Amz-Target": TARGET + operation}, region=HOME, access_key_id=ACCESS_KEY_ID)
        answered = await region.send(sent)
        assert answered.status == status
        assert dict(answered.headers).get(UNWITNESSED_HEADER) == told
