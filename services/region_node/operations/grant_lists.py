"""ListGrants, ListRetirableGrants: only grants that are in force are shown."""

from collections.abc import Iterator

from services.region_node.operations import rules
from services.region_node.operations.pagination import PageSize, list_scope, page_of
from services.region_node.operations.resolve import resolve_key
from services.region_node.operations.rules import Rule
from services.region_node.operations.types.grants import (
    GrantConstraints,
    GrantListEntry,
    ListGrantsRequest,
    ListGrantsResponse,
    ListRetirableGrantsRequest,
    ListRetirableGrantsResponse,
)
from services.region_node.requests.call import Call
from shared.decision import StateView
from shared.errors import AccessDenied, ValidationFailed
from shared.grants.decide import require_grant_id
from shared.grants.events import Context
from shared.grants.lookup import is_of
from shared.grants.model import Grant
from shared.grants.terms import require_principal
from shared.identifiers import key_arn
from shared.keys.model import Key
from shared.policy.principals import account_of, account_root

LIST_GRANTS_PAGE = PageSize(default=50, most=100)


def list_grants(call: Call, request: ListGrantsRequest) -> ListGrantsResponse:
    _require_grants_filter(call, request)
    key = resolve_key(call, request.key_id, rules.LIST_GRANTS)
    grantee, grant_id = request.grantee_principal, request.grant_id
    page = page_of(
        list_scope(call, "ListGrants", f"{key.key_id}/{grantee or ''}/{grant_id or ''}"),
        request.marker,
        LIST_GRANTS_PAGE.of(request.limit),
        lambda after: _grants(call.view, key, request, after),
        lambda grant: grant.grant_id,
        lambda grant: is_of(grant, key) and grantee in (None, grant.grantee_principal),
    )
    return ListGrantsResponse(_entries(call, page.items), page.next_marker, page.truncated)


def _require_grants_filter(call: Call, request: ListGrantsRequest) -> None:
    """Errors: ValidationFailed, AccessDenied, InvalidGrantId."""
    if request.grantee_service_principal is not None:
        if request.grantee_principal is not None:
            raise ValidationFailed("You can specify either GranteePrincipal or GranteeServicePrincipal, but not both.")
        raise _for_services_only(call, "GranteeServicePrincipal", rules.LIST_GRANTS)
    if request.grant_id is not None:
        require_grant_id(request.grant_id)


def _grants(view: StateView, key: Key, request: ListGrantsRequest, after: str) -> Iterator[Grant]:
    """The fewest that have all that the request asks for among them."""
    if request.grant_id is not None:
        grant = view.grant(key.account, key.key_id, request.grant_id)
        return iter(()) if grant is None or grant.grant_id <= after else iter((grant,))
    if request.grantee_principal is not None:
        return view.grants_to(key.account, key.key_id, request.grantee_principal, after)
    return view.grants(key.account, key.key_id, after)


def list_retirable_grants(call: Call, request: ListRetirableGrantsRequest) -> ListRetirableGrantsResponse:
    principal, view = _retiring_principal(call, request), call.view
    page = page_of(
        list_scope(call, "ListRetirableGrants", principal),
        request.marker,
        LIST_GRANTS_PAGE.of(request.limit),
        lambda after: view.retirable_grants(principal, after),
        lambda grant: grant.place,
        lambda grant: is_of(grant, view.key(grant.account, grant.key_id)),
    )
    return ListRetirableGrantsResponse(_entries(call, page.items), page.next_marker, page.truncated)


def _retiring_principal(call: Call, request: ListRetirableGrantsRequest) -> str:
    """Errors: ValidationFailed, InvalidArn; AccessDenied for a principal of another account."""
    principal = request.retiring_principal
    if (principal is None) == (request.retiring_service_principal is None):
        raise ValidationFailed("You must specify either RetiringPrincipal or RetiringServicePrincipal, but not both.")
    if principal is None:
        raise _for_services_only(call, "RetiringServicePrincipal", rules.LIST_RETIRABLE_GRANTS)
    require_principal(principal)
    if account_of(principal) != call.caller.account:
        raise AccessDenied(
            f"User: {call.caller.arn} is not authorized to perform: {rules.LIST_RETIRABLE_GRANTS.action} "
            f"on resource: {principal}"
        )
    return principal


def _for_services_only(call: Call, member: str, rule: Rule) -> AccessDenied:
    return AccessDenied(
        f"User: {call.caller.arn} is not authorized to perform: {rule.action} with {member}, which only a service "
        "principal may use"
    )


def _entries(call: Call, grants: tuple[Grant, ...]) -> tuple[GrantListEntry, ...]:
    return tuple(_entry(grant, call.region) for grant in grants)


def _entry(grant: Grant, region: str) -> GrantListEntry:
    return GrantListEntry(
        key_id=key_arn(region, grant.account, grant.key_id),
        grant_id=grant.grant_id,
        name=grant.name,
        creation_date=grant.created_at / 1000,
        issuing_account=account_root(grant.issuing_account),
        operations=grant.operations,
        grantee_principal=grant.grantee_principal,
        grantee_service_principal=grant.grantee_service_principal,
        retiring_principal=grant.retiring_principal,
        retiring_service_principal=grant.retiring_service_principal,
        constraints=_constraints(grant),
    )


def _constraints(grant: Grant) -> GrantConstraints | None:
    subset, equals = _context(grant.encryption_context_subset), _context(grant.encryption_context_equals)
    if subset is None and equals is None and grant.source_arn is None:
        return None
    return GrantConstraints(subset, equals, grant.source_arn)


def _context(pairs: Context | None) -> dict[str, str] | None:
    return None if pairs is None else dict(pairs)
