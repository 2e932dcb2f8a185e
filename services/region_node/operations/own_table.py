"""The operations that AWS has not: asked as `X-Amz-Target: Keytide.<name>`, signed for the service `kms`."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from services.region_node.families import converting
from services.region_node.families import types as family_types
from services.region_node.operations.table import AuditClass
from services.region_node.receipts import barrier, types
from services.region_node.requests.call import Call

TARGET_PREFIX: Final = b"Keytide."


class OwnOperation(NamedTuple):
    """`handler(call, request)` is asynchronous, and outlasts its snapshot, whether or not it changes anything."""

    name: str
    request: type[Any]
    response: type[Any]
    handler: Callable[..., Any]
    audit: AuditClass = AuditClass.READ

    def handle(self, call: Call, request: Any) -> Any:
        """What `handler` returns. Errors: AccessDenied; those of the handler."""
        call.request = request
        return self.handler(call, request)


OWN_OPERATIONS: Mapping[str, OwnOperation] = {
    "Barrier": OwnOperation("Barrier", types.BarrierRequest, types.BarrierResponse, barrier.barrier),
    "ConvertKey": OwnOperation(
        "ConvertKey",
        family_types.ConvertKeyRequest,
        family_types.ConvertKeyResponse,
        converting.convert,
        AuditClass.CHANGE,
    ),
}
