"""AssumeRole, and what every way to a role's session has in common."""

import re
from typing import NamedTuple

from services.region_node.authorization.permission import require_on_role
from services.region_node.authorization.refusal import denied_role
from services.region_node.requests.call import Call, Session
from services.region_node.sts import types
from services.region_node.sts.credentials import credentials_of, issuing_account, require_no_device, utilization
from services.region_node.sts.facts import session_facts
from services.region_node.sts.issuing import Issued
from shared.crypto import entropy
from shared.errors import AccessDenied, ValidationFailed
from shared.identity.decide_sessions import RoleSession, packed_percent, session_of_role, tags_passed_on
from shared.identity.model import Account, Pairs, Role
from shared.identity.naming import role_stream
from shared.identity.session import Extras, SessionClaims
from shared.policy.question import PrincipalKind

_ROLE_ARN = re.compile(r"arn:aws:iam::([0-9]{12}):role/(?:[!-~]{1,510}/)?([\w+=,.@-]{1,64})", re.ASCII)
_NO_SESSION = Session(0)


class WantedRole(NamedTuple):
    """The role that a request names. `role` None: there is none, which nobody is told."""

    arn: str
    account: Account | None
    role: Role | None


class Assumed(NamedTuple):
    claims: SessionClaims
    issued: Issued

    @property
    def user(self) -> types.AssumedRoleUser:
        return types.AssumedRoleUser(self.claims.assumed_role_id, self.claims.arn)


def assume_role(call: Call, request: types.AssumeRoleRequest) -> types.AssumeRoleResponse:
    """Errors: RegionDisabled, AccessDenied, ValidationFailed, MalformedPolicyDocument, PackedPolicyTooLarge."""
    require_no_device(request.serial_number, request.token_code)
    if request.provided_contexts is not None:
        raise ValidationFailed("ProvidedContexts are not taken: no provider of contexts is known here.")
    wanted = wanted_role(call, request.role_arn)
    if call.caller.principal.kind is PrincipalKind.ROOT:
        raise AccessDenied("Roles may not be assumed by root accounts.")
    session = _session_of(call, request)
    assumed = assumed_role(call, "sts:AssumeRole", wanted, session, request.external_id)
    return types.AssumeRoleResponse(
        credentials_of(assumed.issued),
        assumed.user,
        packed_percent(session.extras),
        session.source_identity or None,
        utilization(assumed.issued),
        len(assumed.issued.token),
    )


def wanted_role(call: Call, arn: str) -> WantedRole:
    """Errors: ValidationFailed for what is no ARN of a role; RegionDisabled."""
    matched = _ROLE_ARN.fullmatch(arn)
    if matched is None:
        raise ValidationFailed(f"{arn} is invalid")
    number, name = matched.groups()
    account = issuing_account(call, number)
    found = None if account is None else call.view.state(role_stream(number, name))
    return WantedRole(arn, account, found if isinstance(found, Role) and found.arn == arn else None)


def assumed_role(
    call: Call, action: str, wanted: WantedRole, session: RoleSession, external_id: str | None = None
) -> Assumed:
    """The session, once the caller has proven to be allowed it. Errors: as `assume_role`."""
    role, account = wanted.role, wanted.account
    if role is None or account is None:
        raise denied_role(call.caller.principal, action, wanted.arn)
    facts = session_facts(role, session, external_id)
    for needed in (action, *_further_actions(session)):
        require_on_role(call, needed, role, facts)
    access_key_id = entropy.session_key_id(role.account)
    claims = session_of_role(session, role, access_key_id, call.view, call.now)
    return Assumed(claims, call.sessions.issue(account, claims))


def arns_of(descriptors: tuple[types.PolicyDescriptor, ...]) -> tuple[str, ...]:
    return tuple(descriptor.arn for descriptor in descriptors if descriptor.arn is not None)


def _session_of(call: Call, request: types.AssumeRoleRequest) -> RoleSession:
    """What the request wants, with what passes on from the caller's own session."""
    caller = call.caller
    own = caller.session or _NO_SESSION
    requested: Pairs = tuple((tag.key, tag.value) for tag in request.tags)
    extras = Extras(
        request.policy,
        arns_of(request.policy_arns),
        tags_passed_on(own.tags, own.transitive, requested),
        tuple(dict.fromkeys((*own.transitive, *request.transitive_tag_keys))),
    )
    return RoleSession(
        request.role_session_name,
        extras,
        request.duration_seconds,
        _source_identity(own, request),
        chained=caller.principal.kind is PrincipalKind.SESSION,
    )


def _source_identity(own: Session, request: types.AssumeRoleRequest) -> str:
    """Once set it stays, from role to role. Errors: ValidationFailed."""
    wanted = request.source_identity
    if own.source_identity and wanted not in (None, own.source_identity):
        raise ValidationFailed("The source identity of the calling session cannot be changed.")
    return own.source_identity or wanted or ""


def _further_actions(session: RoleSession) -> tuple[str, ...]:
    """What the trust policy has to allow besides."""
    tagging = ("sts:TagSession",) if session.extras.tags else ()
    return (*tagging, "sts:SetSourceIdentity") if session.source_identity else tagging
