"""The one table of STS's operations."""

from collections.abc import Mapping

from services.region_node.operations.table import AuditClass
from services.region_node.query_operation import QueryOperation, by_name
from services.region_node.sts import identity, types

STS_OPERATIONS: Mapping[str, QueryOperation] = by_name(
    (
        QueryOperation(
            "GetCallerIdentity",
            types.GetCallerIdentityRequest,
            types.GetCallerIdentityResponse,
            AuditClass.READ,
            identity.get_caller_identity,
            action=None,
        ),
    )
)
"""Operation name, as in `Action=<name>` -> row."""
