"""The operations of CloudTrail that a region answers: AWS JSON 1.1, signed for the service `cloudtrail`."""

from collections.abc import Mapping
from typing import Final

from services.region_node.cloudtrail import lookup, types
from services.region_node.operations.rules import Identifiers, Rule, Scope
from services.region_node.operations.table import AuditClass, Operation

TARGET_PREFIX: Final = b"com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101."
LOOKUP_EVENTS: Final = "cloudtrail:LookupEvents"

CLOUDTRAIL_OPERATIONS: Mapping[str, Operation] = {
    "LookupEvents": Operation(
        "LookupEvents",
        types.LookupEventsRequest,
        types.LookupEventsResponse,
        (Rule(LOOKUP_EVENTS, Identifiers.NONE, scope=Scope.ACCOUNT),),
        AuditClass.READ,
        lookup.lookup_events,
        (LOOKUP_EVENTS,),
    ),
}
