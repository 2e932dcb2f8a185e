"""The one table of STS's operations.

None of them changes anything that a log holds: temporary credentials stand in nothing but their token.
"""

from collections.abc import Callable, Mapping
from typing import Any

from services.region_node.operations.table import AuditClass
from services.region_node.query_operation import QueryOperation, by_name, types_of
from services.region_node.sts import identity, roles, types, users, web_identity


def _row(name: str, handler: Callable[..., Any], action: str | None = None, unsigned: bool = False) -> QueryOperation:
    request, response = types_of(name, types)
    return QueryOperation(name, request, response, AuditClass.READ, handler, action, unsigned=unsigned)


STS_OPERATIONS: Mapping[str, QueryOperation] = by_name(
    (
        _row("GetCallerIdentity", identity.get_caller_identity),
        _row("GetAccessKeyInfo", identity.get_access_key_info, "sts:GetAccessKeyInfo"),
        _row("GetSessionToken", users.get_session_token),
        _row("AssumeRole", roles.assume_role),
        _row("AssumeRoleWithWebIdentity", web_identity.assume_role_with_web_identity, unsigned=True),
    )
)
"""Operation name, as in `Action=<name>` -> row."""
