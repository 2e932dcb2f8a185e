"""The operations of CloudTrail that a region answers: AWS JSON 1.1, signed for the service `cloudtrail`."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from services.region_node.cloudtrail import lookup, public_keys, types
from services.region_node.operations.rules import Identifiers, Rule, Scope
from services.region_node.operations.table import AuditClass, Operation

TARGET_PREFIX: Final = b"com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101."


def _row(name: str, handler: Callable[..., Any]) -> Operation:
    """The types of an operation are named after it, and so is the permission, on everything of the account."""
    rule = Rule(f"cloudtrail:{name}", Identifiers.NONE, scope=Scope.ACCOUNT)
    request, response = getattr(types, f"{name}Request"), getattr(types, f"{name}Response")
    return Operation(name, request, response, (rule,), AuditClass.READ, handler, (rule.action,))


_ROWS = (
    _row("LookupEvents", lookup.lookup_events),
    _row("ListPublicKeys", public_keys.list_public_keys),
)

CLOUDTRAIL_OPERATIONS: Mapping[str, Operation] = {row.name: row for row in _ROWS}
