"""What a simulation is about: whose policies, on whose resource, with which facts.

Owns the reading of a request of SimulateCustomPolicy or SimulatePrincipalPolicy into a `Scenario`. Source: IAM API
reference, "SimulateCustomPolicy" and "SimulatePrincipalPolicy".
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from services.region_node.iam.types import simulation as types
from shared.errors import LimitExceeded, MalformedPolicy
from shared.identity.errors import InvalidInput, InvalidPolicyInput
from shared.policy.document_kinds import KINDS
from shared.policy.parser import parse
from shared.policy.question import (
    Context,
    IdentityPolicies,
    PolicyKind,
    PolicyText,
    Principal,
    PrincipalKind,
    Values,
)
from shared.times import instant

_CALLER = re.compile(r"arn:aws:iam::([0-9]{12}):(user|role|group)/(?:[!-~]+/)?([A-Za-z0-9_+=,.@-]+)")
_OWNER = re.compile(r"(?:arn:aws:iam::)?([0-9]{12})(?::root)?")

LONGEST_POLICY = 131_072
"""Of a policy to be simulated, which may be longer than one that stands somewhere."""

Request = types.SimulateCustomPolicyRequest | types.SimulatePrincipalPolicyRequest


class Scenario(NamedTuple):
    """`owner`: the account of resources whose ARN names none. `context`: what is known of the simulated request."""

    principal: Principal
    identity: IdentityPolicies
    resource_policy: PolicyText | None
    owner: str
    context: Context


def scenario_of(request: Request, principal: Principal, identity: IdentityPolicies, now: int) -> Scenario:
    """`identity`: the principal's own, to which the request adds. `now` in milliseconds. Errors: InvalidInput."""
    resource_policy = None
    if request.resource_policy is not None:
        resource_policy = _policy(PolicyKind.RESOURCE, "ResourcePolicy", request.resource_policy)
    identity = identity._replace(policies=identity.policies + input_policies(request.policy_input_list))
    boundaries = _boundaries(request.permissions_boundary_policy_input_list)
    if boundaries:
        identity = identity._replace(boundary=boundaries[0])
    if isinstance(request, types.SimulateCustomPolicyRequest):
        identity = identity._replace(service_control=_levels(request.ordered_organization_policy_input_list))
    context = {**_known_facts(principal, now), **dict(map(_entry, request.context_entries))}
    return Scenario(principal, identity, resource_policy, _owner(request.resource_owner, principal), context)


def input_policies(texts: tuple[str, ...]) -> tuple[PolicyText, ...]:
    """The policies of `PolicyInputList`. Errors: InvalidInput."""
    return _policies(PolicyKind.IDENTITY, "PolicyInputList", texts)


def caller_of(request: Request, account: str) -> Principal:
    """The principal that the request names; without one, some user of `account`. Errors: InvalidInput."""
    if request.caller_arn is None:
        if request.resource_policy is not None:
            raise InvalidInput("CallerArn is required with a ResourcePolicy.")
        return Principal(PrincipalKind.USER, account, f"arn:aws:iam::{account}:user/")
    return principal_at(request.caller_arn, "", for_resource_policy=request.resource_policy is not None)


def principal_at(arn: str, unique_id: str, *, for_resource_policy: bool) -> Principal:
    """The principal with the ARN of a user, a group or a role. Errors: InvalidInput."""
    found = _CALLER.fullmatch(arn)
    if found is None:
        raise InvalidInput(f"Invalid Entity Arn: {arn}. It has to be that of a user, a group or a role.")
    account, kind, name = found.groups()
    if kind != "user" and for_resource_policy:
        raise InvalidInput("A ResourcePolicy can be simulated for users only.")
    if kind == "role":
        session = f"arn:aws:sts::{account}:assumed-role/{name}/simulation"
        return Principal(PrincipalKind.SESSION, account, session, unique_id, arn)
    return Principal(PrincipalKind.USER, account, arn, unique_id)


def _policies(kind: PolicyKind, parameter: str, texts: Iterable[str]) -> tuple[PolicyText, ...]:
    return tuple(_policy(kind, f"{parameter}.{number}", text) for number, text in enumerate(texts, 1))


def _policy(kind: PolicyKind, name: str, text: str) -> PolicyText:
    try:
        parse(text, KINDS[kind], LONGEST_POLICY)
    except (MalformedPolicy, LimitExceeded) as error:
        raise InvalidPolicyInput(f"{name}: {error.message}") from None
    return PolicyText(kind, name, text)


def _boundaries(texts: tuple[str, ...]) -> tuple[PolicyText, ...]:
    if len(texts) > 1:
        raise InvalidInput("There can be one permissions boundary at most.")
    return _policies(PolicyKind.BOUNDARY, "PermissionsBoundaryPolicyInputList", texts)


def _levels(levels: tuple[types.OrderedOrganizationPolicyType, ...]) -> tuple[tuple[PolicyText, ...], ...]:
    """The root's first, the account's last."""
    return tuple(
        _policies(
            PolicyKind.SERVICE_CONTROL,
            f"OrderedOrganizationPolicyInputList.{number}.ServiceControlPolicyInputList",
            level.service_control_policy_input_list,
        )
        for number, level in enumerate(levels, 1)
    )


def _owner(named: str | None, principal: Principal) -> str:
    if named is None:
        return principal.account
    found = _OWNER.fullmatch(named)
    if found is None:
        raise InvalidInput(f"Invalid ResourceOwner: {named}")
    return found[1]


def _entry(entry: types.ContextEntry) -> tuple[str, Values]:
    if entry.context_key_name is None or not entry.context_key_values:
        raise InvalidInput("A context entry needs a name and a value.")
    values, is_list = entry.context_key_values, (entry.context_key_type or "").endswith("List")
    if not is_list and len(values) > 1:
        raise InvalidInput(f"The context key {entry.context_key_name} has one value, or a type that is a list.")
    return entry.context_key_name.lower(), values if is_list else values[0]


def _known_facts(principal: Principal, now: int) -> dict[str, Values]:
    facts: dict[str, Values] = {
        "aws:currenttime": instant(now),
        "aws:epochtime": str(now // 1000),
        "aws:principalaccount": principal.account,
    }
    arn = principal.role_arn or principal.arn
    name = arn.rsplit("/", 1)[-1]
    if name:
        facts["aws:principalarn"] = arn
    if name and principal.kind is PrincipalKind.USER and ":user/" in arn:
        facts["aws:username"] = name
    return facts
