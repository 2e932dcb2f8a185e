"""CreateGrant, ListGrants, ListRetirableGrants, RetireGrant, RevokeGrant."""

from typing import Annotated, NamedTuple, TypeAlias

from services.region_node.operations.types.common import GrantToken, GrantTokens, KeyIdentifierText, Limit, Marker
from services.region_node.wire.shapes import Choice, Length, Pattern, Timestamp
from shared.grants.operations import GRANT_OPERATIONS

Principal: TypeAlias = Annotated[str, Length(1, 256), Pattern(r"^[\w+=,.@:/-]+$")]
ServicePrincipal: TypeAlias = Annotated[
    str, Length(1, 128), Pattern(r"^([A-Za-z0-9\-]+)\.([A-Za-z0-9\-]+)(\.[A-Za-z0-9\-]+)+$")
]
SourceArn: TypeAlias = Annotated[
    str, Length(20, 512), Pattern(r"^arn:aws[a-z0-9-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{12}:.+$")
]
GrantOperation: TypeAlias = Annotated[str, Choice(GRANT_OPERATIONS)]
FriendlyName: TypeAlias = Annotated[str, Length(1, 256), Pattern("^[a-zA-Z0-9:/_-]+$")]
GrantId: TypeAlias = Annotated[str, Length(1, 128)]


class GrantConstraints(NamedTuple):
    encryption_context_subset: dict[str, str] | None = None
    encryption_context_equals: dict[str, str] | None = None
    source_arn: SourceArn | None = None


class CreateGrantRequest(NamedTuple):
    key_id: KeyIdentifierText
    operations: tuple[GrantOperation, ...]
    grantee_principal: Principal | None = None
    retiring_principal: Principal | None = None
    constraints: GrantConstraints | None = None
    grant_tokens: GrantTokens = ()
    name: FriendlyName | None = None
    dry_run: bool = False
    grantee_service_principal: ServicePrincipal | None = None
    retiring_service_principal: ServicePrincipal | None = None


class CreateGrantResponse(NamedTuple):
    grant_token: GrantToken
    grant_id: GrantId


class ListGrantsRequest(NamedTuple):
    key_id: KeyIdentifierText
    limit: Limit | None = None
    marker: Marker | None = None
    grant_id: GrantId | None = None
    grantee_principal: Principal | None = None
    grantee_service_principal: ServicePrincipal | None = None


class ListRetirableGrantsRequest(NamedTuple):
    limit: Limit | None = None
    marker: Marker | None = None
    retiring_principal: Principal | None = None
    retiring_service_principal: ServicePrincipal | None = None


class GrantListEntry(NamedTuple):
    """`name` is empty for a grant that has none, as at AWS."""

    key_id: KeyIdentifierText
    grant_id: GrantId
    name: FriendlyName
    creation_date: Timestamp
    issuing_account: Principal
    operations: tuple[GrantOperation, ...]
    grantee_principal: Principal | None
    grantee_service_principal: ServicePrincipal | None
    retiring_principal: Principal | None
    retiring_service_principal: ServicePrincipal | None
    constraints: GrantConstraints | None


class ListGrantsResponse(NamedTuple):
    grants: tuple[GrantListEntry, ...]
    next_marker: Marker | None
    truncated: bool


ListRetirableGrantsResponse = ListGrantsResponse


class RetireGrantRequest(NamedTuple):
    """The token alone, or key id and grant id together."""

    grant_token: GrantToken | None = None
    key_id: KeyIdentifierText | None = None
    grant_id: GrantId | None = None
    dry_run: bool = False


class RevokeGrantRequest(NamedTuple):
    key_id: KeyIdentifierText
    grant_id: GrantId
    dry_run: bool = False
