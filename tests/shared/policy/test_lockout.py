"""Which key policies would lock everybody out."""

from typing import Any

import pytest

from shared.errors import MalformedPolicy
from shared.policy.lockout import require_way_back
from shared.policy.principals import account_root
from shared.policy.question import Principal, PrincipalKind
from tests.shared.policy.policies import ACCOUNT, ALICE, KEY_ARN, ROOT, STATEMENT, policy, statement


def author_of(account: str, arn: str) -> Principal:
    """Whom an ARN means. That of a session does not tell its role's path: a role with one has to be named otherwise."""
    if arn == account_root(account):
        return Principal(PrincipalKind.ROOT, account, arn)
    if ":assumed-role/" in arn:
        role = arn.split("/")[1]
        return Principal(PrincipalKind.SESSION, account, arn, role_arn=f"arn:aws:iam::{account}:role/{role}")
    return Principal(PrincipalKind.USER, account, arn)


AUTHOR = author_of(ACCOUNT, ALICE)


@pytest.mark.parametrize(
    "statements",
    [
        (STATEMENT,),
        (statement(Principal={"AWS": ACCOUNT}),),
        (statement(Principal={"AWS": ALICE}, Action=["kms:Decrypt", "KMS:putkeypolicy"]),),
        (statement(Principal="*", Action="*"),),
        (statement(Action="kms:P?tKey*"),),
        (statement(Action=None, NotAction="kms:Decrypt"),),
        (statement(Resource=KEY_ARN),),
        (statement(Resource="arn:aws:kms:*:111122223333:key/*"),),
        (STATEMENT, statement(Effect="Deny", Action="kms:Decrypt")),
        (STATEMENT, statement(Effect="Deny", Principal={"AWS": "arn:aws:iam::111122223333:user/bob"})),
        (STATEMENT, statement(Effect="Deny", Principal=None, NotPrincipal={"AWS": [ROOT, ALICE]})),
    ],
)
def test_policies_that_leave_a_way_back(statements: tuple[Any, ...]) -> None:
    require_way_back(policy(*statements), AUTHOR, KEY_ARN)


@pytest.mark.parametrize(
    "statements",
    [
        (statement(Action="kms:Decrypt"),),
        (statement(Action=["kms:Put", "kms:Get*"]),),
        (statement(Action=None),),
        (statement(Resource=None),),
        (statement(Resource=KEY_ARN.replace("1234abcd", "00000000")),),
        (statement(Principal={"AWS": "arn:aws:iam::111122223333:user/bob"}),),
        (statement(Principal={"AWS": "arn:aws:iam::444455556666:root"}),),
        (statement(Principal={"Service": "s3.amazonaws.com"}),),
        (statement(Effect="Deny"),),
        (statement(Condition={"Bool": {"aws:SecureTransport": "true"}}),),
        (statement(Action=None, NotAction="kms:Put*"),),
        (STATEMENT, statement(Effect="Deny", Principal="*", Action="kms:PutKeyPolicy")),
        (
            STATEMENT,
            statement(Effect="Deny", Principal=None, NotPrincipal={"AWS": "arn:aws:iam::111122223333:user/bob"}),
        ),
    ],
)
def test_policies_that_lock_everybody_out(statements: tuple[Any, ...]) -> None:
    with pytest.raises(MalformedPolicy) as refusal:
        require_way_back(policy(*statements), AUTHOR, KEY_ARN)
    assert refusal.value.message == "The new key policy will not allow you to update the key policy in the future."


OFFICE = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}


@pytest.mark.parametrize(
    ("statements", "address", "left"),
    [
        ((statement(Condition=OFFICE),), "10.1.2.3", True),
        ((statement(Condition=OFFICE),), "203.0.113.7", False),
        ((STATEMENT, statement(Effect="Deny", Principal="*", Condition=OFFICE)), "10.1.2.3", False),
        ((STATEMENT, statement(Effect="Deny", Principal="*", Condition=OFFICE)), "203.0.113.7", True),
    ],
)
def test_conditions_are_judged_by_the_request_of_now(statements: tuple[Any, ...], address: str, left: bool) -> None:
    context = {"aws:sourceip": address}
    if left:
        require_way_back(policy(*statements), AUTHOR, KEY_ARN, context)
    else:
        with pytest.raises(MalformedPolicy):
            require_way_back(policy(*statements), AUTHOR, KEY_ARN, context)


@pytest.mark.parametrize(
    ("author", "named"),
    [
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/me", f"arn:aws:iam::{ACCOUNT}:role/admin"),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/me", f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/me"),
        (ALICE, ALICE),
    ],
)
def test_an_author_is_let_in_by_its_own_names(author: str, named: str) -> None:
    only = policy(statement(Principal={"AWS": named}))
    require_way_back(only, author_of(ACCOUNT, author), KEY_ARN)
    with pytest.raises(MalformedPolicy):
        require_way_back(only, author_of(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/bob"), KEY_ARN)


def test_the_root_user_is_let_in_as_its_account() -> None:
    require_way_back(policy(STATEMENT), author_of(ACCOUNT, ROOT), KEY_ARN)
    with pytest.raises(MalformedPolicy):
        require_way_back(policy(statement(Principal={"AWS": ALICE})), author_of(ACCOUNT, ROOT), KEY_ARN)
