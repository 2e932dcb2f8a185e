"""Audit first: what is on record, before which answers, and what is refused while nothing can be recorded."""

import asyncio
import base64
from typing import Any

import orjson
import pytest

from replication.derived.entries import derived_entries
from services.audit.settings import AuditSettings
from services.processes.log_lines import REQUEST_ID
from services.region_node.audit.audited import entry_of
from services.region_node.requests.call import Arrival
from services.region_node.requests.underway import Underway
from shared.audit.cloudtrail import cloudtrail_event
from shared.audit.entry import Identity
from shared.audit.errors import OUTCOME_UNKNOWN, AuditUnavailable
from shared.errors import KeytideError, MalformedPolicy
from shared.identity.errors import InvalidPolicyInput, MalformedPolicyDocument
from tests.replication.written_log import ACCOUNT, HOME, PEER, envelope_of
from tests.services.region_node.kept_entries import KeptEntries
from tests.services.region_node.serving_region import ACCESS_KEY_ID, ServingRegion, read
from tests.services.region_node.wire.signed_requests import NOW, sign

ALICE = Identity("IAMUser", ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/admin", "AIDAEXAMPLE", ACCESS_KEY_ID)
PLAINTEXT = base64.b64encode(b"attack at dawn").decode()
REFUSED = "DependencyTimeoutException"


class Audited:
    """A region whose entries are kept, with a key."""

    def __init__(self, settings: AuditSettings | None = None) -> None:
        self.kept = KeptEntries()
        self.region = ServingRegion(audited=self.kept.audited(settings))
        self.key_id = self.arn = ""

    async def ask(self, operation: str, **parameters: object) -> tuple[int, Any]:
        return await self.region.ask(operation, **parameters)

    async def with_key(self) -> "Audited":
        _, body = await self.ask("CreateKey")
        self.key_id, self.arn = body["KeyMetadata"]["KeyId"], body["KeyMetadata"]["Arn"]
        self.kept.taken()
        return self

    def begin(self, operation: str, **parameters: object) -> asyncio.Task[tuple[int, Any]]:
        return asyncio.ensure_future(self.ask(operation, **parameters))


@pytest.fixture
async def audited() -> Audited:
    return await Audited().with_key()


async def rounds(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_a_use_is_told_with_its_key_its_material_and_its_context(audited: Audited) -> None:
    context = {"purpose": "test"}
    _, body = await audited.ask("Encrypt", KeyId=audited.key_id, Plaintext=PLAINTEXT, EncryptionContext=context)
    await audited.ask("Decrypt", CiphertextBlob=body["CiphertextBlob"], EncryptionContext=context)
    encrypt, decrypt = audited.kept.entries
    assert encrypt.parameters == {
        "KeyId": audited.key_id,
        "EncryptionContext": context,
        "EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
    }
    assert decrypt.parameters == {"EncryptionContext": context, "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}
    for entry in (encrypt, decrypt):
        assert (entry.service, entry.identity, entry.time) == ("kms", ALICE, NOW)
        assert (entry.resources, entry.response, entry.error) == ((audited.arn,), None, None)
        assert (entry.changes, entry.waited, entry.source_address) == (False, True, "127.0.0.1")
        assert entry.additional is not None
        assert len(entry.additional["KeyMaterialId"]) == 64


async def test_reencryption_tells_of_both_keys_in_their_order(audited: Audited) -> None:
    _, made = await audited.ask("CreateKey")
    _, body = await audited.ask("Encrypt", KeyId=audited.key_id, Plaintext=PLAINTEXT)
    await audited.ask("ReEncrypt", CiphertextBlob=body["CiphertextBlob"], DestinationKeyId=made["KeyMetadata"]["KeyId"])
    entry = audited.kept.entries[-1]
    assert entry.resources == (audited.arn, made["KeyMetadata"]["Arn"])
    assert set(entry.additional or ()) == {"SourceKeyMaterialId", "DestinationKeyMaterialId"}


async def test_the_request_id_of_the_answer_is_that_of_the_entry(audited: Audited) -> None:
    sent = _signed("DescribeKey", KeyId=audited.key_id)
    answered = await audited.region.send(sent)
    assert dict(answered.headers)[b"x-amzn-requestid"].decode() == audited.kept.entries[0].request_id


def _signed(operation: str, **parameters: object) -> Any:
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"TrentService.{operation}"}
    return sign(orjson.dumps(parameters), headers=headers, region=HOME, access_key_id=ACCESS_KEY_ID)


@pytest.mark.parametrize(
    ("operation", "parameters", "code"),
    [
        ("Encrypt", {"KeyId": "alias/none", "Plaintext": PLAINTEXT}, "NotFoundException"),
        ("DescribeKey", {"KeyId": "alias/none"}, "NotFoundException"),
        ("DisableKey", {"KeyId": "1234abcd-12ab-34cd-56ef-1234567890ab"}, "NotFoundException"),
        ("Encrypt", {"KeyId": "alias/none"}, "ValidationException"),
        ("Nonsense", {}, "UnknownOperationException"),
    ],
)
async def test_a_refusal_is_on_record_before_its_answer_leaves(
    audited: Audited, operation: str, parameters: dict[str, object], code: str
) -> None:
    audited.kept.holds = True
    task = audited.begin(operation, **parameters)
    await rounds()
    assert (audited.kept.waiting, task.done()) == (1, False)
    audited.kept.settle()
    status, body = await task
    (entry,) = audited.kept.entries
    assert (status, body["__type"], (entry.error or ("",))[0]) == (400, code, code)
    assert (entry.identity, entry.waited) == (ALICE, True)


async def test_a_use_is_on_record_before_its_answer_leaves(audited: Audited) -> None:
    audited.kept.holds = True
    task = audited.begin("Encrypt", KeyId=audited.key_id, Plaintext=PLAINTEXT)
    await rounds()
    assert (audited.kept.waiting, task.done()) == (1, False)
    audited.kept.settle()
    assert (await task)[0] == 200


async def test_answers_that_leave_together_are_each_counted_as_their_own_requests(
    audited: Audited, monkeypatch: pytest.MonkeyPatch
) -> None:
    audited.kept.holds = True
    counted: list[str] = []
    monkeypatch.setattr(audited.region.counts, "note", lambda *_told: counted.append(REQUEST_ID.get()))
    asked = [audited.begin("Encrypt", KeyId=audited.key_id, Plaintext=PLAINTEXT) for _ in range(3)]
    await rounds()
    audited.kept.settle()
    await asyncio.gather(*asked)
    assert counted == [entry.request_id for entry in audited.kept.entries]


async def test_a_read_does_not_wait_unless_too_much_is_held(audited: Audited) -> None:
    audited.kept.holds = True
    assert (await audited.ask("DescribeKey", KeyId=audited.key_id))[0] == 200
    assert (await audited.ask("ListKeys"))[0] == 200
    assert [entry.waited for entry in audited.kept.taken()] == [False, False]
    audited.kept.crowded = True
    task = audited.begin("ListKeys")
    await rounds()
    assert not task.done()
    audited.kept.settle()
    assert (await task)[0] == 200


async def test_a_change_is_told_by_its_record_and_what_changes_nothing_by_an_entry(audited: Audited) -> None:
    assert (await audited.ask("DisableKey", KeyId=audited.key_id))[0] == 200
    assert audited.kept.taken() == []
    assert (await audited.ask("DisableKey", KeyId=audited.key_id))[0] == 200
    (entry,) = audited.kept.taken()
    assert (entry.operation, entry.error, entry.changes, entry.waited) == ("DisableKey", None, True, True)
    assert entry.resources == (audited.arn,)


async def test_every_call_is_told_exactly_once(audited: Audited) -> None:
    """By an entry, or by a record that was applied."""
    key: dict[str, object] = {"KeyId": audited.key_id}
    calls: list[tuple[str, dict[str, object]]] = [
        ("CreateAlias", {"AliasName": "alias/a", "TargetKeyId": audited.key_id}),
        ("CreateAlias", {"AliasName": "alias/a", "TargetKeyId": audited.key_id}),
        ("TagResource", {**key, "Tags": [{"TagKey": "a", "TagValue": "b"}]}),
        ("EnableKeyRotation", key),
        ("EnableKeyRotation", key),
        ("DisableKey", key),
        ("Encrypt", {**key, "Plaintext": PLAINTEXT}),
        ("EnableKey", key),
        ("Encrypt", {**key, "Plaintext": PLAINTEXT}),
        ("DescribeKey", key),
        ("ScheduleKeyDeletion", key),
        ("CancelKeyDeletion", key),
        ("DeleteAlias", {"AliasName": "alias/none"}),
    ]
    for operation, parameters in calls:
        written = len(audited.region.log.records)
        status, _ = await audited.ask(operation, **parameters)
        records = map(envelope_of, audited.region.log.records[written:])
        entries = [*audited.kept.taken(), *(entry for record in records for entry in derived_entries(record, 1))]
        (entry,) = entries
        assert (entry.operation, entry.error is None) == (operation, status == 200), (operation, parameters)
        assert entry.identity == ALICE
        assert entry.service == "kms"


async def test_an_answer_whose_entry_cannot_be_made_durable_never_leaves(audited: Audited) -> None:
    audited.kept.fails = True
    status, body = await audited.ask("Encrypt", KeyId=audited.key_id, Plaintext=PLAINTEXT)
    assert (status, body["__type"]) == (500, REFUSED)
    assert "CiphertextBlob" not in body
    counted = {one.labels: one.value for one in audited.region.counts.samples() if one.family == "requests"}
    assert counted["Encrypt", REFUSED] == 1
    assert ("Encrypt", "OK") not in counted


async def test_of_a_change_whose_refusal_cannot_be_recorded_the_outcome_is_said_to_be_unknown(audited: Audited) -> None:
    """The change is durable, and not adopted as demanded."""

    async def lacking(*_asked: object) -> tuple[str, ...]:
        return (PEER,)

    audited.region.adoption = lacking
    audited.region.vault.peer_regions = lambda: frozenset((PEER,))  # type: ignore[method-assign]
    audited.kept.fails = True
    tags = [{"TagKey": "keytide:synchronous", "TagValue": "1"}]
    written = len(audited.region.log.records)
    status, body = await audited.ask("CreateKey", MultiRegion=True, Tags=tags)
    assert len(audited.region.log.records) > written
    assert (status, body["__type"], body["message"]) == (500, REFUSED, OUTCOME_UNKNOWN)
    status, body = await audited.ask("DisableKey", KeyId="1234abcd-12ab-34cd-56ef-1234567890ab")
    assert (status, body["__type"], body["message"]) == (500, REFUSED, AuditUnavailable().message)


async def test_while_nothing_can_be_recorded_uses_and_changes_do_not_begin_and_reads_go_on(audited: Audited) -> None:
    _, blob = await audited.ask("Encrypt", KeyId=audited.key_id, Plaintext=PLAINTEXT)
    audited.kept.failing = audited.kept.fails = True
    submitted = len(audited.region.submitted)
    for operation, parameters in (
        ("Encrypt", {"KeyId": audited.key_id, "Plaintext": PLAINTEXT}),
        ("Decrypt", {"CiphertextBlob": blob["CiphertextBlob"]}),
        ("GenerateRandom", {"NumberOfBytes": 8}),
        ("CreateKey", {}),
        ("DisableKey", {"KeyId": audited.key_id}),
    ):
        status, body = await audited.ask(operation, **parameters)
        assert (status, body["__type"], body["message"]) == (500, REFUSED, AuditUnavailable().message), operation
    assert len(audited.region.submitted) == submitted
    assert (await audited.ask("ListKeys"))[0] == 200
    assert (await audited.ask("DescribeKey", KeyId=audited.key_id))[0] == 200
    status, body = await audited.ask("DescribeKey", KeyId="alias/aws/ebs")  # which it would make
    assert (status, body["__type"]) == (500, REFUSED)
    assert len(audited.region.submitted) == submitted
    audited.kept.failing = audited.kept.fails = False
    assert (await audited.ask("DisableKey", KeyId=audited.key_id))[0] == 200


async def test_who_does_not_wait_says_so_in_every_entry() -> None:
    audited = await Audited(AuditSettings(durability="after the answer")).with_key()
    audited.kept.holds = True
    assert (await audited.ask("Encrypt", KeyId=audited.key_id, Plaintext=PLAINTEXT))[0] == 200
    assert (await audited.ask("Encrypt", KeyId="alias/none", Plaintext=PLAINTEXT))[0] == 400
    assert (await audited.ask("ListKeys"))[0] == 200
    assert [entry.waited for entry in audited.kept.entries] == [False, False, False]
    for entry in audited.kept.entries:
        event = cloudtrail_event(entry, HOME, "id", "shared", ACCOUNT)
        assert event["additionalEventData"]["durability"] == "after the answer"
    assert "keyMaterialId" in cloudtrail_event(audited.kept.entries[0], HOME, "id", "", ACCOUNT)["additionalEventData"]


async def test_who_is_not_authenticated_stands_in_the_security_log_and_not_in_the_trail(audited: Audited) -> None:
    wrong = _signed("ListKeys")._replace(body=b'{"Limit":1}')
    nobody = wrong.without_header(b"authorization")
    unknown = sign(b"{}", region=HOME, access_key_id="AKIAUNKNOWN")
    for sent in (wrong, nobody, unknown):
        assert read(await audited.region.send(sent))[0] in (400, 403)
    assert audited.kept.entries == []
    assert [(each.code, each.access_key_id) for each in audited.kept.unauthenticated] == [
        ("InvalidSignatureException", ACCESS_KEY_ID),
        ("MissingAuthenticationTokenException", ""),
        ("UnrecognizedClientException", "AKIAUNKNOWN"),
    ]


async def test_a_client_that_has_gone_hinders_nobody(audited: Audited) -> None:
    audited.kept.holds = True
    task = audited.begin("Encrypt", KeyId=audited.key_id, Plaintext=PLAINTEXT)
    await rounds()
    task.cancel()
    await rounds()
    audited.kept.settle()
    assert task.cancelled()


async def test_parameters_beyond_the_limit_are_left_out_and_that_is_told(audited: Audited) -> None:
    context = {f"key-{number}": "x" * 2_000 for number in range(60)}
    await audited.ask("Encrypt", KeyId=audited.key_id, Plaintext=PLAINTEXT, EncryptionContext=context)
    (entry,) = audited.kept.entries
    assert (entry.parameters or {})["Omitted"] is True


async def test_an_entry_that_cannot_be_made_is_made_without_what_cannot_be_told(
    audited: Audited, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_arguments: object) -> dict[str, object]:
        raise ZeroDivisionError

    monkeypatch.setattr("services.region_node.requests.routes.Route.parameters", fails)
    assert (await audited.ask("Encrypt", KeyId=audited.key_id, Plaintext=PLAINTEXT))[0] == 200
    (entry,) = audited.kept.entries
    assert (entry.operation, entry.parameters, entry.resources) == ("Encrypt", None, (audited.arn,))


async def test_neither_a_grant_token_nor_the_text_of_a_policy_stands_in_the_message_of_a_refusal(
    audited: Audited,
) -> None:
    _, token = await audited.ask("Encrypt", KeyId=audited.key_id, Plaintext=PLAINTEXT, GrantTokens=["SECRET", ""])
    _, policy = await audited.ask(
        "PutKeyPolicy", KeyId=audited.key_id, PolicyName="default", Policy='{"SECRET": 1, "Statement": []}'
    )
    assert "SECRET" not in token["message"]
    assert "SECRET" in policy["message"]
    for entry in audited.kept.entries:
        assert entry.error is not None
        assert "SECRET" not in entry.error[1]
    assert [entry.operation for entry in audited.kept.entries] == ["Encrypt", "PutKeyPolicy"]


@pytest.mark.parametrize("seconds", [1e300, 1e308, -1e308])
async def test_a_time_that_no_calendar_has_is_refused_and_told(audited: Audited, seconds: float) -> None:
    material = {"ImportToken": PLAINTEXT, "EncryptedKeyMaterial": PLAINTEXT, "ValidTo": seconds}
    status, _ = await audited.ask("ImportKeyMaterial", KeyId=audited.key_id, **material)
    (entry,) = audited.kept.entries
    event = cloudtrail_event(entry, HOME, "", "", ACCOUNT)
    assert status == 400
    assert event["requestParameters"]["validTo"] == seconds


@pytest.mark.parametrize("refusal", [MalformedPolicy, MalformedPolicyDocument, InvalidPolicyInput])
def test_no_refusal_that_may_quote_a_policy_is_told_in_its_words(refusal: type[KeytideError]) -> None:
    underway = Underway(None, "id", 0.0)
    underway.now, underway.arrival = NOW, Arrival()
    entry = entry_of(underway, None, None, refusal("Policy has the unknown member SECRET."), True)
    assert entry.error is not None
    assert "SECRET" not in entry.error[1]
