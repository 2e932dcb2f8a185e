"""The one table of STS's operations.

None of them changes anything that a log holds: temporary credentials stand in nothing but their token.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from services.region_node.operations.table import AuditClass
from services.region_node.requests.query_operation import QueryOperation, by_name, types_of
from services.region_node.sts import identity, roles, types, users, web_identity


def _row(
    name: str,
    handler: Callable[..., Any],
    action: str | None = None,
    unsigned: bool = False,
    audit: AuditClass = AuditClass.READ,
) -> QueryOperation:
    request, response = types_of(name, types)
    return QueryOperation(name, request, response, audit, handler, action, unsigned=unsigned)


_session = partial(_row, audit=AuditClass.KEY_USE)
"""Whoever is handed a secret is on record first."""


STS_OPERATIONS: Mapping[str, QueryOperation] = by_name(
    (
        _row("GetCallerIdentity", identity.get_caller_identity),
        _row("GetAccessKeyInfo", identity.get_access_key_info, "sts:GetAccessKeyInfo"),
        _session("GetSessionToken", users.get_session_token),
        _session("AssumeRole", roles.assume_role),
        _session("AssumeRoleWithWebIdentity", web_identity.assume_role_with_web_identity, unsigned=True),
    )
)
"""Operation name, as in `Action=<name>` -> row."""
