"""From an identifier to a key: every form, and nothing about the keys of others."""

import pytest

from services.region_node.operations import rules
from services.region_node.operations.resolve import resolve_key, resolve_name
from services.region_node.operations.rules import Rule
from shared.errors import AccessDenied, InvalidArn, KeytideError, NotFound
from shared.keys.commands import KeyName
from tests.services.region_node.operations.fake_region import ACCOUNT, OTHER_ACCOUNT, FakeRegion

REGION = "us-east-1"
ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}"
ABSENT = "00000000-0000-0000-0000-000000000000"


async def region_with_a_key() -> tuple[FakeRegion, str]:
    region = FakeRegion(REGION)
    key_id = await region.create_key()
    await region.ask("CreateAlias", AliasName="alias/a", TargetKeyId=key_id)
    return region, key_id


@pytest.mark.parametrize("form", ["{key}", ARN + ":key/{key}", "alias/a", ARN + ":alias/a"])
async def test_every_form_of_an_identifier_finds_its_key(form: str) -> None:
    region, key_id = await region_with_a_key()
    found = resolve_key(region.call(), form.format(key=key_id), rules.DESCRIBE_KEY)
    assert found.key_id == key_id


async def test_a_name_is_that_of_the_key_behind_it() -> None:
    region, key_id = await region_with_a_key()
    assert resolve_name(region.call(), "alias/a", rules.DESCRIBE_KEY) == KeyName(REGION, ACCOUNT, key_id)


@pytest.mark.parametrize(
    ("identifier", "rule", "error", "text"),
    [
        ("alias/a", rules.DISABLE_KEY, InvalidArn, "Aliases are not supported"),
        (ABSENT, rules.ENCRYPT, NotFound, f"Key '{ARN}:key/{ABSENT}' does not exist"),
        ("alias/none", rules.ENCRYPT, NotFound, f"Alias {ARN}:alias/none is not found."),
        ("nonsense", rules.ENCRYPT, NotFound, "Invalid keyId 'nonsense'"),
        (f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/{ABSENT}", rules.ENCRYPT, NotFound, "Invalid arn eu-west-1"),
        ("arn:aws:s3:::bucket", rules.ENCRYPT, InvalidArn, "Invalid arn"),
    ],
)
async def test_what_is_not_there_is_refused_in_aws_s_words(
    identifier: str, rule: Rule, error: type[KeytideError], text: str
) -> None:
    region, _ = await region_with_a_key()
    with pytest.raises(error) as refused:
        resolve_key(region.call(), identifier, rule)
    assert text in refused.value.message


async def test_another_accounts_key_looks_the_same_whether_it_is_there_or_not() -> None:
    region, key_id = await region_with_a_key()
    caller = region.call(OTHER_ACCOUNT)
    refusals = set()
    for name in (key_id, ABSENT):
        with pytest.raises(AccessDenied) as refused:
            resolve_key(caller, f"{ARN}:key/{name}", rules.DESCRIBE_KEY)
        refusals.add(refused.value.message)
    assert len(refusals) == 1


async def test_a_key_that_only_its_primary_holds_does_not_exist_elsewhere() -> None:
    region, peer = FakeRegion(REGION), FakeRegion("eu-west-1")
    key_id = await region.create_key(MultiRegion=True)
    region.deliver(peer)
    with pytest.raises(NotFound):
        resolve_key(peer.call(), key_id, rules.ENCRYPT)
