"""CreateGrant, ListGrants, ListRetirableGrants, RetireGrant, RevokeGrant: what a client sees."""

from typing import Any

import pytest

from services.region_node.operations.types.grants import GrantConstraints
from shared.errors import (
    AccessDenied,
    DryRunSucceeded,
    InvalidArn,
    InvalidGrantId,
    InvalidGrantToken,
    InvalidMarker,
    KeyDisabled,
    KeytideError,
    LimitExceeded,
    NotFound,
    ValidationFailed,
)
from shared.grants.events import GrantCreated, GrantRetired, GrantRevoked
from shared.identifiers import key_stream
from tests.services.region_node.operations.fake_region import ACCOUNT, OTHER_ACCOUNT, FakeRegion

ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
CAROL = f"arn:aws:iam::{ACCOUNT}:user/carol"
FOREIGN = f"arn:aws:iam::{OTHER_ACCOUNT}:user/alice"
SERVICE = "a.service.example"
SOURCE = f"arn:aws:s3:us-east-1:{ACCOUNT}:bucket"
ABSENT_KEY = "00000000-0000-4000-8000-000000000000"
ABSENT_GRANT = "0" * 64


def arn_of(key_id: str) -> str:
    return f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{key_id}"


async def grant(region: FakeRegion, key_id: str, **parameters: Any) -> Any:
    return await region.ask(
        "CreateGrant", **{"KeyId": key_id, "GranteePrincipal": ALICE, "Operations": ["Decrypt"], **parameters}
    )


async def granted(region: FakeRegion, key_id: str, **parameters: Any) -> str:
    return str((await grant(region, key_id, **parameters)).grant_id)


async def listed(region: FakeRegion, key_id: str, **parameters: Any) -> list[str]:
    return [entry.grant_id for entry in (await region.ask("ListGrants", KeyId=key_id, **parameters)).grants]


async def retirable(region: FakeRegion, principal: str, account: str = ACCOUNT) -> list[str]:
    answer = await region.ask("ListRetirableGrants", account, RetiringPrincipal=principal)
    return [entry.grant_id for entry in answer.grants]


async def test_a_grant_is_listed_as_it_was_made(region: FakeRegion) -> None:
    key_id = await region.create_key()
    made = await grant(
        region,
        key_id,
        Name="invoices",
        Operations=["RetireGrant", "Encrypt", "Decrypt"],
        RetiringPrincipal=FOREIGN,
        Constraints={"EncryptionContextSubset": {"b": "1", "a": "2"}, "SourceArn": SOURCE},
    )
    (entry,) = (await region.ask("ListGrants", KeyId=key_id)).grants
    assert entry._asdict() == {
        "key_id": arn_of(key_id),
        "grant_id": made.grant_id,
        "name": "invoices",
        "creation_date": region.view.time / 1000,
        "issuing_account": f"arn:aws:iam::{ACCOUNT}:root",
        "operations": ("Decrypt", "Encrypt", "RetireGrant"),
        "grantee_principal": ALICE,
        "grantee_service_principal": None,
        "retiring_principal": FOREIGN,
        "retiring_service_principal": None,
        "constraints": GrantConstraints({"a": "2", "b": "1"}, None, SOURCE),
    }


async def test_what_a_grant_does_not_say_is_not_there(region: FakeRegion) -> None:
    key_id = await region.create_key()
    await grant(region, arn_of(key_id))
    (entry,) = (await region.ask("ListGrants", KeyId=key_id)).grants
    assert (entry.name, entry.constraints, entry.retiring_principal) == ("", None, None)


async def test_a_service_may_be_granted(region: FakeRegion) -> None:
    key_id = await region.create_key()
    await region.ask(
        "CreateGrant",
        KeyId=key_id,
        Operations=["Decrypt"],
        GranteeServicePrincipal=SERVICE,
        RetiringServicePrincipal=SERVICE,
        Constraints={"SourceArn": SOURCE},
    )
    (entry,) = (await region.ask("ListGrants", KeyId=key_id)).grants
    assert (entry.grantee_principal, entry.grantee_service_principal) == (None, SERVICE)
    assert await listed(region, key_id, GranteePrincipal=SERVICE) == []


async def test_a_name_makes_a_request_repeatable(region: FakeRegion) -> None:
    key_id = await region.create_key()
    first, again = [await grant(region, key_id, Name="n") for _ in range(2)]
    assert first.grant_id == again.grant_id
    assert first.grant_token != again.grant_token
    assert len(await listed(region, key_id)) == 1
    assert await granted(region, key_id) != await granted(region, key_id)
    assert await granted(region, key_id, Name="n", Operations=["Encrypt"]) != first.grant_id


async def test_a_repeated_command_gets_its_first_grant_and_a_fresh_token(region: FakeRegion) -> None:
    key_id = await region.create_key()
    parameters = {"KeyId": key_id, "GranteePrincipal": ALICE, "Operations": ["Decrypt"]}
    first, again = [await region.ask("CreateGrant", ACCOUNT, "command", **parameters) for _ in range(2)]
    assert first.grant_id == again.grant_id
    assert region.grant_tokens.read(again.grant_token) == region.grant_tokens.read(first.grant_token)


@pytest.mark.parametrize(
    ("parameters", "error", "text"),
    [
        ({"Operations": None}, ValidationFailed, "1 validation error detected: Value null at 'operations'"),
        ({"Operations": ["ListGrants"]}, ValidationFailed, "1 validation error detected: Value '[ListGrants]' at"),
        ({"Operations": []}, ValidationFailed, "1 validation error detected: Value '[]' at 'operations'"),
        ({"Operations": ["CreateGrant"]}, ValidationFailed, "Grants must not contain only the CreateGrant operation."),
        ({"Operations": ["Sign"]}, ValidationFailed, "The operations [Sign] are not supported in grants on keys with"),
        ({"Name": "a b"}, ValidationFailed, "1 validation error detected: Value 'a b' at 'name'"),
        ({"GranteePrincipal": None}, ValidationFailed, "You must specify either GranteePrincipal or Gra"),
        ({"GranteePrincipal": "a b"}, ValidationFailed, "1 validation error detected: Value 'a b' at 'granteeP"),
        ({"GranteePrincipal": SERVICE}, InvalidArn, f"ARN does not refer to a valid principal: {SERVICE}"),
        ({"GranteeServicePrincipal": SERVICE}, ValidationFailed, "You must specify either GranteePrincipal or Gra"),
        ({"Constraints": {"SourceArn": "arn"}}, ValidationFailed, "2 validation errors detected: Value 'arn' at 'con"),
        ({"GrantTokens": ["token"]}, InvalidGrantToken, "The grant token is not valid."),
        ({"GrantTokens": ["t"] * 11}, ValidationFailed, "1 validation error detected: Value at 'grantTokens'"),
        ({"KeyId": ABSENT_KEY}, NotFound, f"Key '{arn_of(ABSENT_KEY)}' does not exist"),
        ({"KeyId": "alias/a"}, InvalidArn, "Key Aliases are not supported for this operation"),
        ({"KeyId": ABSENT_KEY, "GranteePrincipal": "x"}, InvalidArn, "ARN does not refer to a valid principal: x"),
        ({"KeyId": ABSENT_KEY, "Operations": ["Sign"]}, NotFound, "Key '"),
        ({"DryRun": True}, DryRunSucceeded, "The request would have succeeded, but the DryRun option is set."),
        ({"DryRun": True, "Operations": ["Sign"]}, ValidationFailed, "The operations [Sign] are not supported"),
    ],
)
async def test_grants_that_are_refused(
    region: FakeRegion, parameters: dict[str, Any], error: type[KeytideError], text: str
) -> None:
    key_id = await region.create_key()
    region.appended.clear()
    with pytest.raises(error) as refused:
        await grant(region, key_id, **parameters)
    assert refused.value.message.startswith(text)
    assert region.appended == []


@pytest.mark.parametrize(
    ("spec", "usage", "fits", "unfit"),
    [
        ("ECC_NIST_P256", "SIGN_VERIFY", ["Sign", "Verify", "GetPublicKey"], "Encrypt"),
        ("ECC_NIST_P256", "KEY_AGREEMENT", ["DeriveSharedSecret", "GetPublicKey"], "Sign"),
        ("HMAC_256", "GENERATE_VERIFY_MAC", ["GenerateMac", "VerifyMac"], "GetPublicKey"),
    ],
)
async def test_each_kind_of_key_is_granted_for_what_it_can_do(
    region: FakeRegion, spec: str, usage: str, fits: list[str], unfit: str
) -> None:
    key_id = await region.create_key(KeySpec=spec, KeyUsage=usage)
    assert await granted(region, key_id, Operations=[*fits, "DescribeKey"])
    with pytest.raises(ValidationFailed, match=rf"The operations \[{unfit}\] are not supported in grants on keys with"):
        await grant(region, key_id, Operations=[*fits, unfit])
    with pytest.raises(ValidationFailed, match="supported only on grants for symmetric encryption KMS keys"):
        await grant(region, key_id, Operations=fits, Constraints={"EncryptionContextSubset": {"a": "b"}})


async def test_the_state_of_the_key_and_its_quota_refuse(region: FakeRegion) -> None:
    key_id = await region.create_key()
    region.quotas = region.quotas._replace(grants_per_key=1)
    await grant(region, key_id, Name="n")
    with pytest.raises(LimitExceeded):
        await grant(region, key_id)
    await grant(region, key_id, Name="n")  # it is there already
    await region.ask("DisableKey", KeyId=key_id)
    with pytest.raises(KeyDisabled):
        await grant(region, key_id, Name="n")


@pytest.mark.parametrize("operation", ["CreateGrant", "ListGrants", "RevokeGrant", "RetireGrant"])
async def test_other_accounts_see_nothing_of_a_key(region: FakeRegion, operation: str) -> None:
    key_id = await region.create_key()
    grant_id = await granted(region, key_id)
    own: dict[str, dict[str, Any]] = {
        "CreateGrant": {"GranteePrincipal": FOREIGN, "Operations": ["Decrypt"]},
        "RevokeGrant": {"GrantId": grant_id},
        "RetireGrant": {"GrantId": grant_id},
    }
    texts = set()
    for key in (key_id, ABSENT_KEY):
        with pytest.raises(AccessDenied) as refused:
            await region.ask(operation, OTHER_ACCOUNT, KeyId=arn_of(key), **own.get(operation, {}))
        texts.add(refused.value.message)
    assert len(texts) == 1
    assert f"User: {FOREIGN} is not authorized to perform: kms:{operation} on this resource" in texts.pop()
    assert await listed(region, key_id) == [grant_id]


async def test_a_grant_is_revoked_once(region: FakeRegion) -> None:
    key_id = await region.create_key()
    grant_id = await granted(region, key_id)
    with pytest.raises(DryRunSucceeded):
        await region.ask("RevokeGrant", KeyId=key_id, GrantId=grant_id, DryRun=True)
    await region.ask("RevokeGrant", KeyId=key_id, GrantId=grant_id)
    assert region.appended[-1] == GrantRevoked(ACCOUNT, key_id, grant_id)
    assert await listed(region, key_id) == []
    for dry_run in (False, True):
        with pytest.raises(NotFound):
            await region.ask("RevokeGrant", KeyId=key_id, GrantId=grant_id, DryRun=dry_run)


@pytest.mark.parametrize(
    ("key", "grant_id", "error"),
    [
        (None, ABSENT_GRANT, NotFound),
        (ABSENT_KEY, ABSENT_GRANT, NotFound),
        (None, "x", InvalidGrantId),
        (ABSENT_KEY, "x", InvalidGrantId),
        ("alias/a", ABSENT_GRANT, InvalidArn),
    ],
)
@pytest.mark.parametrize("operation", ["RevokeGrant", "RetireGrant"])
async def test_what_is_no_grant_cannot_end(
    region: FakeRegion, operation: str, key: str | None, grant_id: str, error: type[KeytideError]
) -> None:
    key_id = await region.create_key()
    with pytest.raises(error):
        await region.ask(operation, KeyId=key or key_id, GrantId=grant_id)


async def test_a_grant_is_retired_by_its_token_or_by_its_names(region: FakeRegion) -> None:
    key_id = await region.create_key()
    by_token, by_id = await grant(region, key_id), await grant(region, key_id)
    with pytest.raises(DryRunSucceeded):
        await region.ask("RetireGrant", GrantToken=by_token.grant_token, DryRun=True)
    await region.ask("RetireGrant", GrantToken=by_token.grant_token)
    await region.ask("RetireGrant", KeyId=key_id, GrantId=by_id.grant_id)
    assert [type(event) for event in region.appended[-2:]] == [GrantRetired, GrantRetired]
    assert await listed(region, key_id) == []
    with pytest.raises(NotFound):
        await region.ask("RetireGrant", GrantToken=by_token.grant_token)


@pytest.mark.parametrize(
    "members", [(), ("KeyId",), ("GrantId",), ("GrantToken", "KeyId"), ("GrantToken", "KeyId", "GrantId")]
)
async def test_a_grant_to_retire_is_named_in_one_way(region: FakeRegion, members: tuple[str, ...]) -> None:
    key_id = await region.create_key()
    made = await grant(region, key_id)
    named = {"KeyId": key_id, "GrantId": made.grant_id, "GrantToken": made.grant_token}
    with pytest.raises(ValidationFailed, match="You must specify either GrantToken, or both KeyId and GrantId"):
        await region.ask("RetireGrant", **{member: named[member] for member in members})


async def test_a_repeated_command_that_retired_is_answered_as_at_first(region: FakeRegion) -> None:
    """The grant is gone by then, and with it what let the caller retire it."""
    key_id = await region.create_key()
    made = await grant(region, key_id, RetiringPrincipal=FOREIGN)
    for _ in range(2):
        await region.ask("RetireGrant", OTHER_ACCOUNT, "command", GrantToken=made.grant_token)
        assert region.view.grant(ACCOUNT, key_id, made.grant_id) is None


@pytest.mark.parametrize(
    ("parameters", "may"),
    [
        ({"RetiringPrincipal": FOREIGN}, True),
        ({"RetiringPrincipal": f"arn:aws:iam::{OTHER_ACCOUNT}:root"}, True),
        ({"GranteePrincipal": FOREIGN, "Operations": ["Decrypt", "RetireGrant"]}, True),
        ({"GranteePrincipal": FOREIGN}, False),
        ({"RetiringPrincipal": CAROL}, False),
        ({}, False),
    ],
)
@pytest.mark.parametrize("by_token", [True, False])
async def test_who_retires_a_grant_on_a_key_of_another_account(
    region: FakeRegion, parameters: dict[str, Any], may: bool, by_token: bool
) -> None:
    key_id = await region.create_key()
    made = await grant(region, key_id, **parameters)
    names = {"GrantToken": made.grant_token} if by_token else {"KeyId": arn_of(key_id), "GrantId": made.grant_id}
    if may:
        await region.ask("RetireGrant", OTHER_ACCOUNT, **names)
    for _ in range(2):  # the second time also where the first has retired it
        with pytest.raises(AccessDenied, match="is not authorized to perform: kms:RetireGrant on this resource"):
            await region.ask("RetireGrant", OTHER_ACCOUNT, **names)
    assert len(await listed(region, key_id)) == (0 if may else 1)


async def test_tokens_of_another_region_are_refused(region: FakeRegion) -> None:
    peer = FakeRegion("eu-west-1")
    token = (await grant(peer, await peer.create_key())).grant_token
    key_id = await region.create_key()
    with pytest.raises(InvalidGrantToken):
        await region.ask("RetireGrant", GrantToken=token)
    for operation in ("Encrypt", "DescribeKey"):
        with pytest.raises(InvalidGrantToken):
            await region.ask(operation, KeyId=key_id, Plaintext="AA==", GrantTokens=[token])


async def test_own_tokens_are_taken_everywhere_and_give_nothing(region: FakeRegion) -> None:
    key_id = await region.create_key()
    token = (await grant(region, key_id, GranteePrincipal=FOREIGN)).grant_token
    assert await region.ask("Encrypt", KeyId=key_id, Plaintext="AA==", GrantTokens=[token])
    assert await grant(region, key_id, GrantTokens=[token])
    with pytest.raises(AccessDenied):
        await region.ask("Encrypt", OTHER_ACCOUNT, KeyId=arn_of(key_id), Plaintext="AA==", GrantTokens=[token])


async def test_grants_are_listed_page_by_page(region: FakeRegion) -> None:
    key_id = await region.create_key()
    made = {await granted(region, key_id) for _ in range(51)}
    first = await region.ask("ListGrants", KeyId=key_id)
    assert (len(first.grants), first.truncated) == (50, True)
    last = await region.ask("ListGrants", KeyId=key_id, Marker=first.next_marker)
    assert (len(last.grants), last.truncated, last.next_marker) == (1, False, None)
    assert {entry.grant_id for entry in first.grants + last.grants} == made
    assert len((await region.ask("ListGrants", KeyId=key_id, Limit=1000)).grants) == 51
    with pytest.raises(InvalidMarker):
        await region.ask("ListGrants", KeyId=key_id, Marker=first.next_marker, GranteePrincipal=ALICE)


async def test_a_page_has_a_hundred_grants_at_most(region: FakeRegion) -> None:
    key_id = await region.create_key()
    for _ in range(101):
        await grant(region, key_id)
    assert len(await listed(region, key_id, Limit=1000)) == 100


async def test_grants_are_found_by_id_and_by_grantee(region: FakeRegion) -> None:
    key_id, other = await region.create_key(), await region.create_key()
    to_alice, to_carol = await granted(region, key_id), await granted(region, key_id, GranteePrincipal=CAROL)
    elsewhere = await granted(region, other)
    assert await listed(region, key_id, GrantId=to_alice) == [to_alice]
    assert await listed(region, key_id, GrantId=elsewhere) == []
    assert await listed(region, key_id, GranteePrincipal=CAROL) == [to_carol]
    assert await listed(region, key_id, GranteePrincipal=FOREIGN) == []
    assert await listed(region, key_id, GranteePrincipal=ALICE, GrantId=to_carol) == []
    assert await listed(region, key_id, GranteePrincipal=CAROL, GrantId=to_carol) == [to_carol]


@pytest.mark.parametrize(
    ("operation", "parameters", "error"),
    [
        ("ListGrants", {"GrantId": "x"}, InvalidGrantId),
        ("ListGrants", {"GranteeServicePrincipal": SERVICE}, AccessDenied),
        ("ListGrants", {"GranteeServicePrincipal": SERVICE, "GranteePrincipal": ALICE}, ValidationFailed),
        ("ListGrants", {"KeyId": ABSENT_KEY}, NotFound),
        ("ListGrants", {"Marker": "x"}, InvalidMarker),
        ("ListGrants", {"Limit": 0}, ValidationFailed),
        ("ListRetirableGrants", {}, ValidationFailed),
        ("ListRetirableGrants", {"RetiringPrincipal": ALICE, "RetiringServicePrincipal": SERVICE}, ValidationFailed),
        ("ListRetirableGrants", {"RetiringServicePrincipal": SERVICE}, AccessDenied),
        ("ListRetirableGrants", {"RetiringPrincipal": FOREIGN}, AccessDenied),
        ("ListRetirableGrants", {"RetiringPrincipal": "alice"}, InvalidArn),
        ("ListRetirableGrants", {"RetiringPrincipal": ALICE, "Marker": "x"}, InvalidMarker),
    ],
)
async def test_lists_that_are_refused(
    region: FakeRegion, operation: str, parameters: dict[str, Any], error: type[KeytideError]
) -> None:
    key_id = await region.create_key()
    key = {"KeyId": key_id} if operation == "ListGrants" else {}
    with pytest.raises(error):
        await region.ask(operation, **{**key, **parameters})


async def test_retirable_grants_are_found_across_keys_and_accounts(region: FakeRegion) -> None:
    own = await region.create_key()
    foreign = str((await region.ask("CreateKey", OTHER_ACCOUNT)).key_metadata.key_id)
    here = await granted(region, own, RetiringPrincipal=ALICE)
    there = await region.ask(
        "CreateGrant",
        OTHER_ACCOUNT,
        KeyId=foreign,
        GranteePrincipal=CAROL,
        Operations=["Decrypt"],
        RetiringPrincipal=ALICE,
    )
    await granted(region, own, RetiringPrincipal=ALICE + "/b")
    assert sorted(await retirable(region, ALICE)) == sorted([here, there.grant_id])
    assert await retirable(region, CAROL) == []
    assert await retirable(region, FOREIGN, OTHER_ACCOUNT) == []
    await region.ask("RetireGrant", GrantToken=there.grant_token)
    assert await retirable(region, ALICE) == [here]


async def test_retirable_grants_come_page_by_page(region: FakeRegion) -> None:
    keys = [await region.create_key() for _ in range(3)]
    made = {await granted(region, key_id, RetiringPrincipal=ALICE) for key_id in keys for _ in range(2)}
    found, marker = [], None
    while True:
        more: dict[str, str] = {} if marker is None else {"Marker": marker}
        page = await region.ask("ListRetirableGrants", RetiringPrincipal=ALICE, Limit=2, **more)
        found += [entry.grant_id for entry in page.grants]
        marker = page.next_marker
        if not page.truncated:
            break
    assert len(found) == 6
    assert set(found) == made


async def test_a_replica_made_again_has_none_of_the_grants_of_before(region: FakeRegion) -> None:
    key_id = await region.create_key()
    made = await grant(region, key_id, Name="n", RetiringPrincipal=ALICE)
    key = region.view.key(ACCOUNT, key_id)
    assert key is not None
    region.view.states[key_stream(ACCOUNT, key_id)] = key._replace(created_at=key.created_at + 1)
    assert await listed(region, key_id) == []
    assert await listed(region, key_id, GrantId=made.grant_id) == []
    assert await retirable(region, ALICE) == []
    with pytest.raises(NotFound):
        await region.ask("RetireGrant", GrantToken=made.grant_token)
    assert await granted(region, key_id, Name="n", RetiringPrincipal=ALICE) != made.grant_id


async def test_grants_stay_in_their_region() -> None:
    region, peer = FakeRegion("us-east-1"), FakeRegion("eu-west-1")
    key_id = await region.create_key(MultiRegion=True)
    await region.ask("ReplicateKey", KeyId=key_id, ReplicaRegion="eu-west-1")
    await grant(region, key_id, Name="n")
    assert not any(isinstance(event, GrantCreated) for event in region.published)
    region.deliver(peer)
    assert await listed(peer, key_id) == []
    assert await granted(peer, key_id, Name="n") not in await listed(region, key_id)
