"""AssumeRole, GetSessionToken and their kin: who gets which session, by a table of trust policies and requests."""

from hashlib import sha256
from typing import Any

import pytest

from services.region_node.requests.call import Caller
from shared.errors import AccessDenied, KeytideError, UnrecognizedClient, ValidationFailed
from shared.identity.errors import MalformedPolicyDocument
from shared.identity.policy_events import InlinePolicyPut, PolicyCreated
from shared.identity.session_errors import PackedPolicyTooLarge, RegionDisabled
from shared.policy.principals import account_root
from shared.policy.question import Principal, PrincipalKind
from tests.services.region_node.callers import user
from tests.services.region_node.operations.fake_region import ACCOUNT, OTHER_ACCOUNT
from tests.services.region_node.sts.world import (
    ALICE,
    ANYBODY_HERE,
    AWAY,
    HERE,
    HOME,
    ROLE,
    STAND_BY,
    StsRegion,
    letting,
    trust,
)

STRANGER = user(OTHER_ACCOUNT)
ROOT = Caller(
    ACCOUNT,
    account_root(ACCOUNT),
    ACCOUNT,
    "AKIAEXAMPLE",
    Principal(PrincipalKind.ROOT, ACCOUNT, account_root(ACCOUNT), ACCOUNT),
)
ENCRYPT = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:Encrypt","Resource":"*"}]}'
TEAM = [{"Key": "team", "Value": "rot"}]


def region_with(policy: str = ANYBODY_HERE, *allowed: object, **options: Any) -> StsRegion:
    region = StsRegion(HOME)
    region.add_role(policy, *allowed, **options)
    return region


async def refusal(error: type[KeytideError], region: StsRegion, caller: Caller = ALICE, **parameters: Any) -> str:
    with pytest.raises(error) as caught:
        await region.assume(caller, **parameters)
    assert type(caught.value) is error
    return caught.value.message


async def test_what_assume_role_answers() -> None:
    region = region_with()
    answer = await region.ask(ALICE, "AssumeRole", RoleArn=ROLE, RoleSessionName="deploy", SourceIdentity="alice")
    assert answer["AssumedRoleUser"] == {
        "AssumedRoleId": "AROAOPSOPSOPSOPS:deploy",
        "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/ops/deploy",
    }
    assert answer["SourceIdentity"] == "alice"
    assert "PackedPolicySize" not in answer
    credentials = answer["Credentials"]
    assert credentials["AccessKeyId"].startswith("ASIA")
    assert len(credentials["SecretAccessKey"]) == 40
    assert answer["SessionTokenSize"] == len(credentials["SessionToken"])
    assert credentials["Expiration"].timestamp() == region.view.time // 1000 + 3_600


DENIED = f"User: {ALICE.arn} is not authorized to perform: sts:AssumeRole on resource: {ROLE}"


@pytest.mark.parametrize(
    ("policy", "parameters", "allowed"),
    [
        (trust(letting(HERE)), {}, True),
        (trust(letting({"AWS": ALICE.arn})), {}, True),
        (trust(letting({"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"})), {}, False),
        (trust(letting({"AWS": OTHER_ACCOUNT})), {}, False),
        (trust(letting({"Service": "backup.example.com"})), {}, False),
        (trust(letting(HERE, "sts:TagSession")), {}, False),
        (trust(letting(HERE), {**letting(HERE), "Effect": "Deny"}), {}, False),
        (trust(letting(HERE, StringEquals={"sts:ExternalId": "42"})), {"ExternalId": "42"}, True),
        (trust(letting(HERE, StringEquals={"sts:ExternalId": "42"})), {"ExternalId": "43"}, False),
        (trust(letting(HERE, StringEquals={"sts:ExternalId": "42"})), {}, False),
        (trust(letting(HERE, StringLike={"sts:RoleSessionName": "dep*"})), {}, True),
        (trust(letting(HERE, StringLike={"sts:RoleSessionName": "ops-*"})), {}, False),
        (trust(letting(HERE)), {"Tags": TEAM}, False),
        (trust(letting(HERE, "sts:AssumeRole", "sts:TagSession")), {"Tags": TEAM}, True),
        (
            trust(letting(HERE), letting(HERE, "sts:TagSession", StringEquals={"aws:RequestTag/Team": "rot"})),
            {"Tags": TEAM},
            True,
        ),
        (
            trust(letting(HERE), letting(HERE, "sts:TagSession", StringEquals={"aws:RequestTag/team": "blue"})),
            {"Tags": TEAM},
            False,
        ),
        (
            trust(
                letting(HERE),
                letting(HERE, "sts:TagSession", **{"ForAllValues:StringEquals": {"aws:TagKeys": "color"}}),
            ),
            {"Tags": TEAM},
            False,
        ),
        (
            trust(
                letting(HERE),
                letting(HERE, "sts:TagSession", **{"ForAllValues:StringEquals": {"sts:TransitiveTagKeys": "team"}}),
            ),
            {"Tags": TEAM, "TransitiveTagKeys": ["team"]},
            True,
        ),
        (trust(letting(HERE)), {"SourceIdentity": "alice"}, False),
        (
            trust(letting(HERE, "sts:AssumeRole", "sts:SetSourceIdentity", StringLike={"sts:SourceIdentity": "ali*"})),
            {"SourceIdentity": "alice"},
            True,
        ),
    ],
)
async def test_the_trust_policy_decides(policy: str, parameters: dict[str, Any], allowed: bool) -> None:
    region = region_with(policy)
    if allowed:
        assert await region.assume(**parameters)
    else:
        assert "is not authorized to perform: sts:" in await refusal(AccessDenied, region, **parameters)


async def test_a_role_that_does_not_exist_is_refused_like_one_that_lets_nobody_in() -> None:
    assert await refusal(AccessDenied, region_with(trust(letting({"AWS": OTHER_ACCOUNT})))) == DENIED
    assert await refusal(AccessDenied, StsRegion(HOME)) == DENIED


async def test_a_role_is_called_by_its_path_too() -> None:
    region = region_with(path="/staff/")
    assert await region.assume(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/staff/ops")
    assert await refusal(AccessDenied, region) == DENIED


async def test_who_has_no_policies_is_let_in_by_name_and_not_by_account() -> None:
    region = region_with(trust(letting(HERE)))
    region.fake.add_user(ACCOUNT, "bob")
    bob = user(ACCOUNT, "bob")
    await refusal(AccessDenied, region, bob)
    region = region_with(trust(letting({"AWS": bob.arn})))
    region.fake.add_user(ACCOUNT, "bob")
    assert await region.assume(bob)


async def test_another_account_needs_both_sides() -> None:
    region = region_with(trust(letting({"AWS": OTHER_ACCOUNT})))
    assert await region.assume(STRANGER)
    region.fake.add_user(OTHER_ACCOUNT, "bob")
    await refusal(AccessDenied, region, user(OTHER_ACCOUNT, "bob"))


async def test_the_root_user_assumes_no_role() -> None:
    assert await refusal(AccessDenied, region_with(), ROOT) == "Roles may not be assumed by root accounts."


@pytest.mark.parametrize("region", [STAND_BY, AWAY])
async def test_another_region_names_the_account_s_home(region: str) -> None:
    there = StsRegion(region)
    there.add_role()
    message = await refusal(RegionDisabled, there)
    assert message.endswith(f"sessions of account {ACCOUNT} are issued in its home region, {HOME}")
    with pytest.raises(RegionDisabled) as refused:
        await there.ask(ALICE, "GetSessionToken")
    assert refused.value.home_region == HOME


@pytest.mark.parametrize(
    ("parameters", "error", "says"),
    [
        ({"DurationSeconds": 3_601}, ValidationFailed, "exceeds the MaxSessionDuration set for this role"),
        ({"RoleArn": f"arn:aws:iam::{ACCOUNT}:user/ops"}, ValidationFailed, "is invalid"),
        ({"RoleSessionName": "no spaces"}, ValidationFailed, "roleSessionName"),
        ({"Policy": "{}"}, MalformedPolicyDocument, ""),
        ({"Policy": ENCRYPT.replace('"Action"', '"Principal":"*","Action"')}, MalformedPolicyDocument, "Principal"),
        ({"Policy": ENCRYPT + " " * 2_048}, PackedPolicyTooLarge, ""),
        ({"PolicyArns": [{"arn": f"arn:aws:iam::{ACCOUNT}:policy/none"}]}, MalformedPolicyDocument, "does not exist"),
        ({"TransitiveTagKeys": ["team"]}, ValidationFailed, "transitive tag key"),
        ({"Tags": TEAM + [{"Key": "Team", "Value": ""}]}, ValidationFailed, "Duplicate tag keys"),
        ({"Tags": [{"Key": "aws:team", "Value": ""}]}, ValidationFailed, "must not begin with aws:"),
        ({"SerialNumber": "arn:aws:iam::1:mfa/a", "TokenCode": "123456"}, AccessDenied, "MultiFactor"),
        ({"ProvidedContexts": [{"ProviderArn": "arn:aws:iam::aws:contextProvider/x"}]}, ValidationFailed, "Provided"),
    ],
)
async def test_what_cannot_be_had(parameters: dict[str, Any], error: type[KeytideError], says: str) -> None:
    assert says in await refusal(error, region_with(), **parameters)


async def test_a_longer_session_where_the_role_has_it() -> None:
    region = region_with(max_session_seconds=43_200)
    credentials = await region.assume(DurationSeconds=43_200)
    assert credentials["Expiration"].timestamp() == region.view.time // 1000 + 43_200


async def test_policies_and_tags_have_a_packed_size() -> None:
    region = region_with()
    wanted = {"RoleArn": ROLE, "RoleSessionName": "deploy"}
    answer = await region.ask(ALICE, "AssumeRole", **wanted, Policy=ENCRYPT, Tags=TEAM)
    assert 0 < answer["PackedPolicySize"] < 20
    tags = [{"Key": f"key{n}", "Value": sha256(bytes([n])).hexdigest()} for n in range(50)]
    assert "Packed policy consumes" in await refusal(PackedPolicyTooLarge, region, Tags=tags)


async def test_no_token_is_issued_that_no_region_reads() -> None:
    """Fifty tags of one letter, which has four bytes, are small in the token and large out of it."""
    tags = [{"Key": f"{n}" + "\U00020000" * 120, "Value": "\U00020000" * 256} for n in range(50)]
    region = region_with()
    assert "Packed policy consumes" in await refusal(PackedPolicyTooLarge, region, Tags=tags)
    region.recognize(await region.assume(Tags=tags[:40]))


async def test_a_key_that_passes_on_is_named_once() -> None:
    region = region_with()
    session = region.recognize(await region.assume(Tags=TEAM, TransitiveTagKeys=["team"] * 50)).session
    assert session is not None
    assert session.transitive == ("team",)


# What a session is narrowed to, and what it brings


async def test_a_session_policy_is_part_of_the_session() -> None:
    region = region_with(ANYBODY_HERE)
    arn = f"arn:aws:iam::{ACCOUNT}:policy/use"
    region.fold(HOME, PolicyCreated(ACCOUNT, "use", "ANPAEXAMPLEEXAMPLE", ENCRYPT))
    caller = region.recognize(await region.assume(Policy=ENCRYPT, PolicyArns=[{"arn": arn}]))
    assert caller.session is not None
    assert caller.session.policies is not None
    assert [policy.text for policy in caller.session.policies] == [ENCRYPT, ENCRYPT]


async def test_a_session_without_policies_is_not_narrowed() -> None:
    region = region_with()
    session = region.recognize(await region.assume()).session
    assert session is not None
    assert session.policies is None


CHAIN = trust(letting({"AWS": "*"}, "sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"))


async def chained(region: StsRegion, **parameters: Any) -> Caller:
    return region.recognize(await region.assume(**parameters))


async def test_transitive_tags_and_the_source_identity_pass_on() -> None:
    region = region_with(CHAIN, {"Effect": "Allow", "Action": "sts:*", "Resource": "*"})
    tags = [*TEAM, {"Key": "once", "Value": "only"}]
    first = await chained(region, Tags=tags, TransitiveTagKeys=["Team"], SourceIdentity="alice")
    assert first.session is not None
    assert first.session.tags == (("team", "rot"), ("once", "only"))
    second = region.recognize(await region.assume(first, Tags=[{"Key": "own", "Value": "1"}])).session
    assert second is not None
    assert (second.tags, second.transitive) == ((("team", "rot"), ("own", "1")), ("Team",))
    assert second.source_identity == "alice"
    assert "passes on" in await refusal(ValidationFailed, region, first, Tags=TEAM)
    assert "cannot be changed" in await refusal(ValidationFailed, region, first, SourceIdentity="bob")


async def test_tags_that_pass_on_need_the_permission_again() -> None:
    tagging = letting({"AWS": ALICE.arn}, "sts:AssumeRole", "sts:TagSession")
    region = region_with(trust(letting({"AWS": ROLE}), tagging))
    first = await chained(region, Tags=TEAM, TransitiveTagKeys=["team"])
    assert "sts:TagSession" in await refusal(AccessDenied, region, first)
    assert await region.assume(await chained(region, Tags=TEAM))


async def test_a_chained_session_lasts_an_hour_at_most() -> None:
    region = region_with(CHAIN, {"Effect": "Allow", "Action": "sts:*", "Resource": "*"}, max_session_seconds=43_200)
    first = await chained(region)
    assert "1 hour session limit" in await refusal(ValidationFailed, region, first, DurationSeconds=3_601)
    assert await region.assume(first, DurationSeconds=3_600)


async def test_a_session_policy_binds_what_the_session_may_assume() -> None:
    region = region_with(ANYBODY_HERE, {"Effect": "Allow", "Action": "sts:*", "Resource": "*"})
    narrow = await chained(region, Policy=ENCRYPT)
    await refusal(AccessDenied, region, narrow)


async def test_a_deny_by_the_time_of_issue_revokes_older_sessions() -> None:
    """The policy that AWS's console attaches to a role: "revoke older sessions"."""
    region = region_with(CHAIN, {"Effect": "Allow", "Action": "sts:*", "Resource": "*"})
    older = await chained(region)
    revoked = {"DateLessThan": {"aws:TokenIssueTime": "2023-11-14T22:13:21Z"}}  # a second after the session began
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": revoked}
    region.fold(HOME, InlinePolicyPut(ACCOUNT, "role/ops", "AWSRevokeOlderSessions", trust(deny)))
    await refusal(AccessDenied, region, older)
    region.view.time += 2_000
    assert await region.assume(await chained(region))


# The others


async def test_get_session_token_is_for_users_and_the_root_user_with_their_own_keys() -> None:
    region = region_with()
    for caller, seconds in ((ALICE, 43_200), (ROOT, 3_600)):
        credentials = (await region.ask(caller, "GetSessionToken"))["Credentials"]
        assert credentials["Expiration"].timestamp() == region.view.time // 1000 + seconds
    credentials = (await region.ask(ROOT, "GetSessionToken", DurationSeconds=129_600))["Credentials"]
    assert credentials["Expiration"].timestamp() == region.view.time // 1000 + 3_600
    of_alice = region.recognize((await region.ask(ALICE, "GetSessionToken"))["Credentials"])
    for session in (await chained(region), of_alice):
        with pytest.raises(AccessDenied, match="Cannot call GetSessionToken with session credentials"):
            await region.ask(session, "GetSessionToken")


async def test_a_user_s_session_is_the_user_s_and_may_assume_roles() -> None:
    region = region_with()
    session = region.recognize((await region.ask(ALICE, "GetSessionToken"))["Credentials"])
    told = await region.ask(session, "GetCallerIdentity")
    assert (told["UserId"], told["Account"], told["Arn"]) == (ALICE.user_id, ACCOUNT, ALICE.arn)
    assert await region.assume(session)


async def test_a_user_s_session_manages_nothing() -> None:
    """There is no second factor behind it."""
    region = region_with()
    session = region.recognize((await region.ask(ALICE, "GetSessionToken"))["Credentials"])
    with pytest.raises(UnrecognizedClient):
        await region.ask(session, "GetAccessKeyInfo", AccessKeyId=ALICE.access_key_id)


async def test_get_caller_identity_of_a_role_s_session() -> None:
    region = region_with()
    told = await region.ask(await chained(region), "GetCallerIdentity")
    assert (told["UserId"], told["Arn"]) == (
        "AROAOPSOPSOPSOPS:deploy",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/ops/deploy",
    )


async def test_an_access_key_names_its_account() -> None:
    region = region_with()
    for access_key_id in (ALICE.access_key_id, (await region.assume())["AccessKeyId"]):
        told = await region.ask(ALICE, "GetAccessKeyInfo", AccessKeyId=access_key_id)
        assert told["Account"] == ACCOUNT
    with pytest.raises(ValidationFailed):
        await region.ask(ALICE, "GetAccessKeyInfo", AccessKeyId="AKIA000000000000")
