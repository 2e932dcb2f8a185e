"""The simulators: decisions, matched statements with their places, and what limits contribute."""

import json
import time
from typing import Any

import pytest

from services.region_node.iam.scenario import LONGEST_POLICY
from shared.identity.errors import InvalidInput, NoSuchEntity
from tests.services.region_node.iam.asking import POLICY, TRUST, FakeIam
from tests.services.region_node.operations.fake_region import ACCOUNT, OTHER_ACCOUNT

KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/k"
FOREIGN = f"arn:aws:kms:us-east-1:{OTHER_ACCOUNT}:key/k"
USER = f"arn:aws:iam::{ACCOUNT}:user/alice"


def policy(effect: str = "Allow", action: str = "kms:*", resource: str = "*", condition: Any = None) -> str:
    statement = {"Effect": effect, "Action": action, "Resource": resource, "Condition": condition or {}}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def key_policy(principal: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "kms:*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


@pytest.fixture
def iam() -> FakeIam:
    return FakeIam()


async def custom(iam: FakeIam, *policies: str, action: str = "kms:Encrypt", **further: Any) -> dict[str, Any]:
    told = await iam.ask("SimulateCustomPolicy", PolicyInputList=list(policies), ActionNames=[action], **further)
    (result,) = told["EvaluationResults"]
    return dict(result)


@pytest.mark.parametrize(
    ("policies", "decision", "matched"),
    [
        ([policy()], "allowed", ["PolicyInputList.1"]),
        ([policy(action="kms:Decrypt")], "implicitDeny", []),
        ([policy(), policy("Deny")], "explicitDeny", ["PolicyInputList.2"]),
        ([policy(action="kms:Decrypt"), policy(action="kms:En*")], "allowed", ["PolicyInputList.2"]),
    ],
)
async def test_the_decision_and_the_statements_that_made_it(
    iam: FakeIam, policies: list[str], decision: str, matched: list[str]
) -> None:
    result = await custom(iam, *policies)
    assert (result["EvalActionName"], result["EvalResourceName"]) == ("kms:Encrypt", "*")
    assert result["EvalDecision"] == decision
    assert [statement["SourcePolicyId"] for statement in result["MatchedStatements"]] == matched
    assert "ResourceSpecificResults" not in result


async def test_a_matched_statement_is_told_by_its_place(iam: FakeIam) -> None:
    text = (
        '{\n  "Version": "2012-10-17",\n  "Statement":\n    {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}\n}'
    )
    (matched,) = (await custom(iam, text))["MatchedStatements"]
    assert matched["SourcePolicyType"] == "none"
    assert (matched["StartPosition"], matched["EndPosition"]) == ({"Line": 4, "Column": 5}, {"Line": 4, "Column": 60})


async def test_each_action_with_each_resource_by_pages(iam: FakeIam) -> None:
    asked: dict[str, Any] = {
        "PolicyInputList": [policy(resource=KEY)],
        "ActionNames": ["kms:Encrypt", "kms:Decrypt"],
        "ResourceArns": [KEY, f"{KEY}2"],
    }
    first = await iam.ask("SimulateCustomPolicy", MaxItems=3, **asked)
    rest = await iam.ask("SimulateCustomPolicy", Marker=first["Marker"], **asked)
    results = first["EvaluationResults"] + rest["EvaluationResults"]
    assert (first["IsTruncated"], rest["IsTruncated"]) == (True, False)
    assert [(r["EvalActionName"], r["EvalResourceName"], r["EvalDecision"]) for r in results] == [
        ("kms:Encrypt", KEY, "allowed"),
        ("kms:Encrypt", f"{KEY}2", "implicitDeny"),
        ("kms:Decrypt", KEY, "allowed"),
        ("kms:Decrypt", f"{KEY}2", "implicitDeny"),
    ]
    (specific,) = results[0]["ResourceSpecificResults"]
    assert (specific["EvalResourceName"], specific["EvalResourceDecision"]) == (KEY, "allowed")
    assert specific["MatchedStatements"] == results[0]["MatchedStatements"]


@pytest.mark.parametrize(
    ("entries", "decision", "missing"),
    [
        ([], "implicitDeny", ["kms:ViaService", "aws:SourceIp"]),
        ([("kms:viaservice", ["a"], "string")], "implicitDeny", ["aws:SourceIp"]),
        ([("kms:ViaService", ["a"], "string"), ("aws:SourceIp", ["10.0.0.1"], "ip")], "allowed", []),
        ([("kms:ViaService", ["b"], "string"), ("aws:SourceIp", ["10.0.0.1"], "ip")], "implicitDeny", []),
    ],
)
async def test_missing_context_values(
    iam: FakeIam, entries: list[tuple[str, list[str], str]], decision: str, missing: list[str]
) -> None:
    conditional = policy(
        condition={"StringEquals": {"kms:ViaService": "a"}, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    )
    given = [{"ContextKeyName": n, "ContextKeyValues": v, "ContextKeyType": t} for n, v, t in entries]
    result = await custom(iam, conditional, ContextEntries=given)
    assert (result["EvalDecision"], result["MissingContextValues"]) == (decision, missing)
    result = await custom(iam, conditional, ContextEntries=given, ResourceArns=[KEY])
    assert result["MissingContextValues"] == []
    assert result["ResourceSpecificResults"][0]["MissingContextValues"] == missing


async def test_a_list_has_several_values(iam: FakeIam) -> None:
    conditional = policy(condition={"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}})
    entry = {"ContextKeyName": "aws:TagKeys", "ContextKeyValues": ["a", "c"], "ContextKeyType": "stringList"}
    assert (await custom(iam, conditional, ContextEntries=[entry]))["EvalDecision"] == "implicitDeny"
    entry["ContextKeyValues"] = ["a", "b"]
    assert (await custom(iam, conditional, ContextEntries=[entry]))["EvalDecision"] == "allowed"


async def test_the_caller_s_name_is_known(iam: FakeIam) -> None:
    own = policy(resource=f"arn:aws:kms:*:{ACCOUNT}:key/${{aws:username}}")
    resource = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/alice"
    assert (await custom(iam, own, ResourceArns=[resource], CallerArn=USER))["EvalDecision"] == "allowed"
    nobody = await custom(iam, own, ResourceArns=[resource])
    assert nobody["ResourceSpecificResults"][0]["MissingContextValues"] == ["aws:username"]


async def test_a_boundary_limits(iam: FakeIam) -> None:
    limit: dict[str, Any] = {"PermissionsBoundaryPolicyInputList": [policy(action="kms:Decrypt")]}
    denied, allowed = await custom(iam, policy(), **limit), await custom(iam, policy(), action="kms:Decrypt", **limit)
    assert (denied["EvalDecision"], allowed["EvalDecision"]) == ("implicitDeny", "allowed")
    assert denied["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}
    assert allowed["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": True}


async def test_every_level_of_an_organization_has_to_allow(iam: FakeIam) -> None:
    def levels(*texts: str) -> dict[str, Any]:
        named = [{"ServiceControlPolicyInputList": [text]} for text in texts]
        return {"OrderedOrganizationPolicyInputList": named}

    allowed = await custom(iam, policy(), **levels(policy(action="*"), policy()))
    denied = await custom(iam, policy(), **levels(policy(action="*"), policy(action="kms:Decrypt")))
    assert (allowed["EvalDecision"], denied["EvalDecision"]) == ("allowed", "implicitDeny")
    assert allowed["OrganizationsDecisionDetail"] == {"AllowedByOrganizations": True}
    assert denied["OrganizationsDecisionDetail"] == {"AllowedByOrganizations": False}


async def test_a_resource_policy_lets_a_user_in(iam: FakeIam) -> None:
    asked: dict[str, Any] = {"ResourceArns": [KEY], "CallerArn": USER}
    by_name = await custom(iam, policy(action="a:b"), ResourcePolicy=key_policy(USER), **asked)
    assert by_name["EvalDecision"] == "allowed"
    (matched,) = by_name["MatchedStatements"]
    assert (matched["SourcePolicyId"], matched["SourcePolicyType"]) == ("ResourcePolicy", "resource")
    assert "EvalDecisionDetails" not in by_name
    delegated = await custom(iam, policy(action="a:b"), ResourcePolicy=key_policy(ACCOUNT), **asked)
    assert delegated["EvalDecision"] == "implicitDeny"


async def test_across_accounts_both_sides_are_told(iam: FakeIam) -> None:
    asked: dict[str, Any] = {"ResourceArns": [FOREIGN], "CallerArn": USER}
    result = await custom(iam, policy(action="a:b"), ResourcePolicy=key_policy(ACCOUNT), **asked)
    assert result["EvalDecision"] == "implicitDeny"
    assert result["EvalDecisionDetails"] == {"IAM Policy": "implicitDeny", "Resource Policy": "allowed"}
    result = await custom(iam, policy(), ResourcePolicy=key_policy(OTHER_ACCOUNT), **asked)
    assert result["EvalDecisionDetails"] == {"IAM Policy": "allowed", "Resource Policy": "implicitDeny"}


@pytest.mark.parametrize(
    ("further", "message"),
    [
        ({"PolicyInputList": ["{"]}, "PolicyInputList.1: "),
        ({"PolicyInputList": [policy(), policy(condition={"Equal": {"a:b": "c"}})]}, "PolicyInputList.2: "),
        ({"ResourcePolicy": policy(), "CallerArn": USER}, "ResourcePolicy: "),
        ({"ActionNames": ["kms:*"]}, "Invalid action name"),
        ({"PermissionsBoundaryPolicyInputList": [policy(), policy()]}, "one permissions boundary"),
        ({"ResourcePolicy": key_policy(USER)}, "CallerArn is required"),
        ({"ResourcePolicy": key_policy(USER), "CallerArn": USER.replace("user", "role")}, "for users only"),
        ({"CallerArn": f"arn:aws:sts::{ACCOUNT}:assumed-role/a/b"}, "a user, a group or a role"),
        ({"ResourceOwner": "me"}, "Invalid ResourceOwner"),
        ({"ContextEntries": [{"ContextKeyName": "aws:SourceIp", "ContextKeyType": "ip"}]}, "a name and a value"),
        ({"ContextEntries": [{"ContextKeyName": "a:bcd", "ContextKeyValues": ["1", "2"]}]}, "has one value"),
    ],
)
async def test_what_cannot_be_simulated_is_refused(iam: FakeIam, further: dict[str, Any], message: str) -> None:
    asked: dict[str, Any] = {"PolicyInputList": [policy()], "ActionNames": ["kms:Encrypt"], **further}
    with pytest.raises(InvalidInput, match=message):
        await iam.ask("SimulateCustomPolicy", **asked)


async def test_a_principal_is_simulated_with_all_that_it_has(iam: FakeIam) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:policy/Managed"
    await iam.ask("CreatePolicy", PolicyName="Managed", PolicyDocument=policy(action="kms:Decrypt"))
    await iam.ask("CreateUser", UserName="alice")
    await iam.ask("CreateGroup", GroupName="Admins")
    await iam.ask("AddUserToGroup", GroupName="Admins", UserName="alice")
    await iam.ask("PutUserPolicy", UserName="alice", PolicyName="own", PolicyDocument=policy(action="kms:Encrypt"))
    await iam.ask("PutGroupPolicy", GroupName="Admins", PolicyName="group-s", PolicyDocument=policy(action="kms:Sign"))
    await iam.ask("AttachUserPolicy", UserName="alice", PolicyArn=arn)
    actions = ["kms:Encrypt", "kms:Decrypt", "kms:Sign", "kms:Verify"]
    told = await iam.ask("SimulatePrincipalPolicy", PolicySourceArn=USER, ActionNames=actions)
    results = told["EvaluationResults"]
    assert [r["EvalDecision"] for r in results] == ["allowed", "allowed", "allowed", "implicitDeny"]
    sources = [(m["SourcePolicyId"], m["SourcePolicyType"]) for r in results for m in r["MatchedStatements"]]
    assert sources == [("own", "user"), ("Managed", "user-managed"), ("group-s", "group")]
    group = f"arn:aws:iam::{ACCOUNT}:group/Admins"
    told = await iam.ask("SimulatePrincipalPolicy", PolicySourceArn=group, ActionNames=actions)
    assert [r["EvalDecision"] for r in told["EvaluationResults"]].count("allowed") == 1
    further = await iam.ask(
        "SimulatePrincipalPolicy", PolicySourceArn=USER, ActionNames=["kms:Verify"], PolicyInputList=[policy()]
    )
    assert further["EvaluationResults"][0]["EvalDecision"] == "allowed"


async def test_context_keys_are_told_before_a_simulation(iam: FakeIam) -> None:
    asking = policy(resource="arn:aws:kms:*:*:key/${aws:username}", condition={"Bool": {"kms:MultiRegion": "true"}})
    told = await iam.ask("GetContextKeysForCustomPolicy", PolicyInputList=[asking, asking])
    assert told["ContextKeyNames"] == ["kms:MultiRegion", "aws:username"]
    await iam.ask("CreateUser", UserName="alice")
    await iam.ask("PutUserPolicy", UserName="alice", PolicyName="own", PolicyDocument=asking)
    further = policy(condition={"Null": {"aws:SourceIp": "true"}})
    told = await iam.ask("GetContextKeysForPrincipalPolicy", PolicySourceArn=USER, PolicyInputList=[further])
    assert told["ContextKeyNames"] == ["kms:MultiRegion", "aws:username", "aws:SourceIp"]
    with pytest.raises(InvalidInput):
        await iam.ask("GetContextKeysForCustomPolicy", PolicyInputList=["{"])


async def test_a_role_is_simulated_within_its_boundary(iam: FakeIam) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/p/Ops"
    await iam.ask("CreatePolicy", PolicyName="Limit", PolicyDocument=policy(action="kms:Decrypt"))
    limit = f"arn:aws:iam::{ACCOUNT}:policy/Limit"
    await iam.ask("CreateRole", RoleName="Ops", Path="/p/", AssumeRolePolicyDocument=TRUST, PermissionsBoundary=limit)
    await iam.ask("PutRolePolicy", RoleName="Ops", PolicyName="own", PolicyDocument=POLICY)
    told = await iam.ask("SimulatePrincipalPolicy", PolicySourceArn=role, ActionNames=["kms:Encrypt", "kms:Decrypt"])
    assert [r["EvalDecision"] for r in told["EvaluationResults"]] == ["implicitDeny", "allowed"]
    with pytest.raises(NoSuchEntity):
        await iam.ask("SimulatePrincipalPolicy", PolicySourceArn=role.replace("/p/", "/"), ActionNames=["kms:Encrypt"])


async def test_a_long_policy_with_many_matching_statements_does_not_stall_the_node(iam: FakeIam) -> None:
    statements = [{"Effect": "Deny", "Action": "*", "Resource": "*"}] * 500
    text = json.dumps({"Version": "2012-10-17", "Statement": statements}).ljust(LONGEST_POLICY)
    began = time.process_time()
    told = await iam.ask("SimulateCustomPolicy", PolicyInputList=[text], ActionNames=["kms:Encrypt", "kms:Decrypt"])
    assert [len(result["MatchedStatements"]) for result in told["EvaluationResults"]] == [500, 500]
    assert time.process_time() - began < 2
