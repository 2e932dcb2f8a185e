"""Pages of IAM's lists: `Marker`, `MaxItems`, `IsTruncated`.

Owns how long a page is. Source: IAM API reference, "MaxItems".
"""

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from services.region_node.operations.pagination import Page, PageSize, list_scope, page_of
from services.region_node.requests.call import Call

Item = TypeVar("Item")

LIST_PAGE = PageSize(default=100, most=1000)


class Listing(Protocol):
    """A request for a page."""

    @property
    def marker(self) -> str | None: ...

    @property
    def max_items(self) -> int | None: ...


def listed(
    call: Call,
    request: Listing,
    subject: str,
    items: Callable[[str], Iterator[Item]],
    name: Callable[[Item], str],
    shown: Callable[[Item], bool] = lambda _item: True,
) -> Page[Item]:
    """One page of `items(after)`, by their names. `subject`: what the list is of. Errors: InvalidMarker."""
    scope = list_scope(call, call.operation, subject)
    return page_of(scope, request.marker, LIST_PAGE.of(request.max_items), items, name, shown)


def listed_of(
    call: Call, request: Listing, subject: str, items: tuple[Item, ...], name: Callable[[Item], str]
) -> Page[Item]:
    """One page of what is held together, such as the tags of a user."""
    ordered = sorted(items, key=name)
    return listed(call, request, subject, lambda after: (item for item in ordered if name(item) > after), name)
