"""What every operation that uses a key refuses, and which refusal comes first."""

from typing import Any

import pytest

from services.region_node.operations.weights import WEIGHTS
from services.region_node.worker.threads import Weight
from shared.errors import (
    AccessDenied,
    DryRunSucceeded,
    InvalidGrantToken,
    InvalidKeyState,
    InvalidKeyUsage,
    KeyDisabled,
    KeytideError,
    KeyUnavailable,
    NotFound,
    ValidationFailed,
)
from shared.keys.specs import ALGORITHMS
from tests.services.region_node.operations.fake_region import ACCOUNT, OTHER_ACCOUNT, FakeRegion, arn
from tests.services.region_node.operations.uses import USES, granted, key_for, refused

ABSENT = "00000000-0000-4000-8000-000000000000"
OPERATIONS = list(USES)
MISMATCHING = [operation for operation, use in USES.items() if use.other_algorithm is not None]


async def refusal(
    region: FakeRegion, operation: str, error: type[KeytideError], parameters: dict[str, Any], account: str = ACCOUNT
) -> str:
    with pytest.raises(error) as raised:
        await region.ask(operation, account, **parameters)
    return raised.value.message


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_every_form_of_identifier_and_grant_tokens_are_taken(region: FakeRegion, operation: str) -> None:
    key_id = await key_for(region, operation)
    await region.ask("CreateAlias", AliasName="alias/x", TargetKeyId=key_id)
    grantee = f"arn:aws:iam::{ACCOUNT}:root"
    grant = await region.ask("CreateGrant", KeyId=key_id, GranteePrincipal=grantee, Operations=["DescribeKey"])
    parameters = {**await granted(region, operation, key_id), "GrantTokens": [grant.grant_token]}
    for identifier in (key_id, arn(key_id), "alias/x", f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/x"):
        answer = await region.ask(operation, **{**parameters, "KeyId": identifier})
        assert answer.key_id == arn(key_id)


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_a_token_of_nobody_is_refused(region: FakeRegion, operation: str) -> None:
    parameters = await granted(region, operation, await key_for(region, operation))
    await refusal(region, operation, InvalidGrantToken, {**parameters, "GrantTokens": ["token"]})


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_a_dry_run_that_would_have_succeeded(region: FakeRegion, operation: str) -> None:
    parameters = await granted(region, operation, await key_for(region, operation))
    message = await refusal(region, operation, DryRunSucceeded, {**parameters, "DryRun": True})
    assert message == "The request would have succeeded, but the DryRun option is set."


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_a_key_that_is_not_there_or_another_accounts(region: FakeRegion, operation: str) -> None:
    key_id = await key_for(region, operation)
    text = f"Key '{arn(ABSENT)}' does not exist"
    assert await refusal(region, operation, NotFound, refused(operation, ABSENT)) == text
    for named in (key_id, ABSENT):
        message = await refusal(region, operation, AccessDenied, refused(operation, arn(named)), OTHER_ACCOUNT)
        assert f"is not authorized to perform: kms:{operation} on this resource" in message


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    ("state", "error", "text"),
    [
        ("Disabled", KeyDisabled, "is disabled."),
        ("PendingDeletion", InvalidKeyState, "is pending deletion."),
        ("PendingReplicaDeletion", InvalidKeyState, "is pending replica deletion."),
        ("PendingImport", InvalidKeyState, "is pending import."),
        ("Creating", InvalidKeyState, "is creating."),
    ],
)
async def test_the_state_of_the_key_is_refused_before_its_usage(
    region: FakeRegion, operation: str, state: str, error: type[KeytideError], text: str
) -> None:
    own, other = await key_for(region, operation), await region.create_key()
    for key_id in (own, other):
        region.alter(key_id, state=state)
        for dry in ({}, {"DryRun": True}):
            message = await refusal(region, operation, error, {**refused(operation, key_id), **dry})
            assert message == f"{arn(key_id)} {text}"


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_the_usage_of_the_key_is_refused_before_its_algorithm(region: FakeRegion, operation: str) -> None:
    other = ("HMAC_384", "GENERATE_VERIFY_MAC") if "Mac" not in operation else ("ECC_NIST_P256", "SIGN_VERIFY")
    key_id = await region.create_key(KeySpec=other[0], KeyUsage=other[1])
    text = f"{arn(key_id)} key usage is {other[1]} which is not valid for {operation}."
    for dry in ({}, {"DryRun": True}):
        assert await refusal(region, operation, InvalidKeyUsage, {**refused(operation, key_id), **dry}) == text


@pytest.mark.parametrize("operation", MISMATCHING)
async def test_an_algorithm_that_the_key_spec_lacks_is_refused_before_the_material_is_opened(
    region: FakeRegion, operation: str
) -> None:
    use, key_id = USES[operation], await key_for(region, operation)
    region.lose_material(key_id)
    asked = {**refused(operation, key_id), use.algorithm[0]: use.other_algorithm}
    text = f"Algorithm {use.other_algorithm} is incompatible with key spec {use.spec}."
    assert await refusal(region, operation, InvalidKeyUsage, asked) == text


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_material_that_has_not_arrived(region: FakeRegion, operation: str) -> None:
    key_id = await key_for(region, operation)
    region.lose_material(key_id)
    for dry in ({}, {"DryRun": True}):
        await refusal(region, operation, KeyUnavailable, {**refused(operation, key_id), **dry})


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_a_constraint_is_refused_before_the_key_is_looked_for(region: FakeRegion, operation: str) -> None:
    member = USES[operation].algorithm[0]
    message = await refusal(region, operation, ValidationFailed, {**refused(operation, ABSENT), member: "ROT13"})
    path = member[0].lower() + member[1:]
    assert message.startswith(
        f"1 validation error detected: Value 'ROT13' at '{path}' failed to satisfy constraint: "
        "Member must satisfy enum value set: ["
    )
    await refusal(region, operation, ValidationFailed, {**refused(operation, ABSENT), "GrantTokens": ["t"] * 11})


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_what_is_heavy_is_left_to_the_threads(region: FakeRegion, operation: str) -> None:
    parameters = await granted(region, operation, await key_for(region, operation))
    region.threads.weights.clear()
    await region.ask(operation, **parameters)
    public = operation in ("Verify", "Encapsulate", "Encrypt")
    weights = WEIGHTS[USES[operation].spec]
    weight = weights.public if public else weights.secret
    assert region.threads.weights == ([] if weight is Weight.LIGHT else [weight])


def test_every_key_spec_has_its_weights() -> None:
    assert set(WEIGHTS) == set(ALGORITHMS)


async def test_making_an_rsa_key_is_left_to_the_slow_lane(region: FakeRegion) -> None:
    await region.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
    assert region.threads.weights == [Weight.SLOW]


@pytest.mark.parametrize("parameters", [{"KeyUsage": "KEY_AGREEMENT"}, {}])
async def test_nothing_is_made_for_a_usage_that_the_spec_lacks(region: FakeRegion, parameters: dict[str, str]) -> None:
    await refusal(region, "CreateKey", ValidationFailed, {"KeySpec": "RSA_4096", **parameters})
    assert region.threads.weights == []
