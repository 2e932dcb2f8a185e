"""Keys of AWS's services: what comes with them, and what their policies allow."""

import pytest

from shared.events import AliasCreated, KeyCreated, KeyRotationEnabled
from shared.keys.aws_managed import SERVICES, CreateAwsManagedKey, create_aws_managed_key
from shared.policy.evaluate import evaluate
from shared.policy.parser import parse
from shared.policy.question import IdentityPolicies, PolicyKind, PolicyText, Principal, PrincipalKind, Question
from tests.shared.keys.examples import ACCOUNT, ALICE, ARN, KEY_ID, MATERIAL, NAME, REGION
from tests.shared.memory_view import MemoryView

COMMAND = CreateAwsManagedKey(NAME, "alias/aws/ebs", MATERIAL)


def test_a_key_comes_with_its_alias_and_its_yearly_rotation() -> None:
    view = MemoryView(REGION)
    decision = create_aws_managed_key(COMMAND, view)
    created, rotated, named = decision.events
    assert isinstance(created, KeyCreated)
    assert created.description == "Default key that protects my EBS volumes when no other key is defined"
    assert (rotated, named) == (
        KeyRotationEnabled(ACCOUNT, KEY_ID, 365),
        AliasCreated(ACCOUNT, "alias/aws/ebs", KEY_ID),
    )
    assert (decision.shared_events, decision.answer) == ((), KEY_ID)
    view.apply(decision.events)
    key = view.key(ACCOUNT, KEY_ID)
    assert key is not None
    assert (key.key_manager, key.state, key.rotation and key.rotation.period_days) == ("AWS", "Enabled", 365)


def test_there_is_one_key_behind_an_alias() -> None:
    view = MemoryView(REGION)
    view.apply(create_aws_managed_key(COMMAND, view).events)
    assert create_aws_managed_key(COMMAND._replace(key=NAME._replace(key_id="other")), view).events == ()


@pytest.mark.parametrize("alias", SERVICES)
def test_policies_are_policies(alias: str) -> None:
    created = create_aws_managed_key(COMMAND._replace(alias=alias), MemoryView(REGION)).events[0]
    assert isinstance(created, KeyCreated)
    using, looking = parse(created.policy or "").statements
    assert [len(statement.conditions) for statement in (using, looking)] == [2, 0]
    assert f'"kms:ViaService" : "{SERVICES[alias].via}.{REGION}.amazonaws.com"' in (created.policy or "")


def test_aliases_stand_in_their_order() -> None:
    assert list(SERVICES) == sorted(SERVICES)


@pytest.mark.parametrize(
    ("action", "allowed"),
    [
        ("kms:DescribeKey", True),
        ("kms:GetKeyPolicy", True),
        ("kms:ListGrants", True),
        ("kms:RevokeGrant", True),
        ("kms:Encrypt", False),
        ("kms:GenerateDataKey", False),
        ("kms:CreateGrant", False),
        ("kms:RetireGrant", False),
        ("kms:ScheduleKeyDeletion", False),
    ],
)
def test_principals_may_look_and_not_use(action: str, allowed: bool) -> None:
    """Whatever their own policies say."""
    created = create_aws_managed_key(COMMAND, MemoryView(REGION)).events[0]
    assert isinstance(created, KeyCreated)
    everything = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
    question = Question(
        principal=Principal(PrincipalKind.USER, ACCOUNT, ALICE),
        identity=IdentityPolicies((PolicyText(PolicyKind.IDENTITY, "own", everything),)),
        action=action,
        resource=ARN,
        resource_account=ACCOUNT,
        resource_policy=PolicyText(PolicyKind.RESOURCE, ARN, created.policy or ""),
        context={"kms:calleraccount": ACCOUNT},
    )
    assert evaluate(question).allowed is allowed
