"""One operation of the query protocol, as the tables of IAM and STS list it.

Owns the row and the order in which a request for it is judged: whether this region may change the account at all, then
whether the caller may do this, then the operation itself.
"""

from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any, NamedTuple, TypeAlias

from services.region_node.authorization.permission import EVERYTHING, NO_CONTEXT, require_in_account
from services.region_node.operations.table import AuditClass
from services.region_node.requests.call import Call
from services.region_node.requests.home import require_home
from services.region_node.wire.session_tokens import INVALID_TOKEN
from shared.errors import UnrecognizedClient
from shared.policy.question import Context, PrincipalKind

Resource: TypeAlias = Callable[[Call, Any], str]
"""(call, request) -> the ARN of what the operation is about, or `*`."""
RequestContext: TypeAlias = Callable[[Call, Any], Context]
"""(call, request) -> the condition keys that the operation itself has, in lower case."""


Further: TypeAlias = Callable[[Call, Any], Iterable[tuple[str, str]]]
"""(call, request) -> actions and resources that the request needs permission for besides."""


def everything(_call: Call, _request: Any) -> str:
    """The resource of an operation that is about no resource."""
    return EVERYTHING


def no_context(_call: Call, _request: Any) -> Context:
    return NO_CONTEXT


def nothing_further(_call: Call, _request: Any) -> Iterable[tuple[str, str]]:
    return ()


class QueryOperation(NamedTuple):
    """`response` None: the answer has no result. `action` None: nobody needs a permission for it, or the handler asks.

    `unsigned`: it is answered for requests that nobody has signed.

    `handler(call, request)` returns the response, now or later: it is asynchronous where the operation changes
    something.
    """

    name: str
    request: type[Any]
    response: type[Any] | None
    audit: AuditClass
    handler: Callable[..., Any]
    action: str | None
    resource: Resource = everything
    context: RequestContext = no_context
    further: Further = nothing_further
    unsigned: bool = False

    @property
    def changes(self) -> bool:
        """Whether the operation may append to the log."""
        return self.audit is AuditClass.CHANGE

    def handle(self, call: Call, request: Any) -> Any:
        """What `handler` returns. Errors: NotHome; UnrecognizedClient; AccessDenied; those of the handler."""
        call.request = request
        if self.changes:
            require_home(call)
        if self.action is not None:
            _require_own_keys(call)
            context = self.context(call, request)
            require_in_account(call, self.action, self.resource(call, request), context)
            for action, resource in self.further(call, request):
                require_in_account(call, action, resource, context)
        return self.handler(call, request)


def _require_own_keys(call: Call) -> None:
    """A user's temporary credentials are good for IAM where a second factor stands behind them, and here none does.

    Source: AWS STS API Reference, GetSessionToken. Errors: UnrecognizedClient.
    """
    if call.caller.session is not None and call.caller.principal.kind is not PrincipalKind.SESSION:
        raise UnrecognizedClient(INVALID_TOKEN)


def types_of(name: str, types: ModuleType) -> tuple[type[Any], type[Any] | None]:
    """The types of an operation are named after it; one without a response type has none."""
    return getattr(types, f"{name}Request"), getattr(types, f"{name}Response", None)


def by_name(rows: tuple[QueryOperation, ...]) -> Mapping[str, QueryOperation]:
    return {row.name: row for row in rows}
