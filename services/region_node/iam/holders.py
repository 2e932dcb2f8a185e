"""The users, groups, roles, policies and providers that requests name, in the caller's account.

Owns whom a request means that names no user, and the policies that AWS manages as if the account had them. Finding, and
AWS's words where there is nothing, are in `shared/identity/finding.py`.
"""

from collections.abc import Callable, Mapping

from services.region_node.iam.aws_policies import AWS_POLICIES
from services.region_node.requests.call import Call
from shared.errors import ValidationFailed
from shared.identity import finding
from shared.identity.errors import NoSuchEntity
from shared.identity.model import Group, OidcProvider, Policy, PolicyHolder, Role, User
from shared.identity.naming import GROUP, ROLE, USER

_NO_USER_NAME = "Must specify userName when calling with non-User credentials"


def user_named(call: Call, name: str) -> User:
    """Errors: NoSuchEntity."""
    return finding.user_named(call.view, call.caller.account, name)


def group_named(call: Call, name: str) -> Group:
    """Errors: NoSuchEntity."""
    return finding.group_named(call.view, call.caller.account, name)


def role_named(call: Call, name: str) -> Role:
    """Errors: NoSuchEntity."""
    return finding.role_named(call.view, call.caller.account, name)


HOLDERS: Mapping[str, Callable[[Call, str], PolicyHolder]] = {USER: user_named, GROUP: group_named, ROLE: role_named}


def policy_at(call: Call, arn: str) -> Policy:
    """The managed policy with this ARN, the account's or AWS's. Errors: ValidationFailed, NoSuchEntity."""
    policy = finding.find_policy(call.view, call.caller.account, arn) or AWS_POLICIES.get(arn)
    if policy is None:
        raise NoSuchEntity(f"Policy {arn} was not found.")
    return policy


def provider_at(call: Call, arn: str) -> OidcProvider:
    """Errors: NoSuchEntity."""
    return finding.provider_at(call.view, call.caller.account, arn)


def own_name(call: Call) -> str:
    """The name of the user who asks; "" for the root user. Errors: ValidationFailed for a session, which is no user."""
    resource = call.caller.arn.rsplit(":", 1)[-1]
    if resource == "root":
        return ""
    if not resource.startswith(f"{USER}/"):
        raise ValidationFailed(_NO_USER_NAME)
    return resource.rsplit("/", 1)[-1]
