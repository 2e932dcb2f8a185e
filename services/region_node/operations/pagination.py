"""Pages of a list, and the markers between them.

Owns the marker: opaque, and good only for the list that issued it. It says behind which item to go on, so that a page
costs the same wherever it begins, and items that come and go do not shift the others.
"""

import base64
import hashlib
from collections.abc import Callable, Iterator
from typing import Generic, NamedTuple, TypeVar

from services.region_node.requests.call import Call
from shared.errors import InvalidMarker

Item = TypeVar("Item")

MOST_PASSED = 5_000
"""Items looked at for one page. A page may be short or empty although there are more, as at AWS."""

_SEAL_LENGTH = 12


class PageSize(NamedTuple):
    """AWS allows pages shorter than asked for, so a greater wish than `most` gets `most`."""

    default: int
    most: int

    def of(self, limit: int | None) -> int:
        return self.default if limit is None else min(limit, self.most)


class Page(NamedTuple, Generic[Item]):
    """`next_marker` is None on the last page."""

    items: tuple[Item, ...]
    next_marker: str | None

    @property
    def truncated(self) -> bool:
        return self.next_marker is not None


def list_scope(call: Call, operation: str, subject: str = "") -> str:
    """What a marker is bound to: the operation, the caller's account and, where there is one, the key."""
    return f"{operation}/{call.region}/{call.caller.account}/{subject}"


def page_of(
    scope: str,
    marker: str | None,
    size: int,
    items: Callable[[str], Iterator[Item]],
    name: Callable[[Item], str],
    shown: Callable[[Item], bool] = lambda _item: True,
) -> Page[Item]:
    """One page of `items(after)`, which gives the items behind the name `after` in the order of their names.

    Errors: InvalidMarker.
    """
    after = "" if marker is None else read_marker(scope, marker)
    found: list[Item] = []
    for passed, item in enumerate(items(after)):
        if len(found) == size or passed == MOST_PASSED:
            return Page(tuple(found), marker_of(scope, after))
        after = name(item)
        if shown(item):
            found.append(item)
    return Page(tuple(found), None)


def marker_of(scope: str, last: str) -> str:
    """The marker behind the item named `last`."""
    return base64.urlsafe_b64encode(_seal(scope, last.encode()) + last.encode()).decode("ascii")


def read_marker(scope: str, marker: str) -> str:
    """The seal holds apart the markers of different lists. It hides nothing: all it names are the caller's own.

    Errors: InvalidMarker.
    """
    try:
        decoded = base64.b64decode(marker, altchars=b"-_", validate=True)
        last = decoded[_SEAL_LENGTH:]
        if decoded[:_SEAL_LENGTH] == _seal(scope, last):
            return last.decode()
    except ValueError:
        pass
    raise InvalidMarker("Could not deserialize the marker.")


def _seal(scope: str, last: bytes) -> bytes:
    return hashlib.sha256(scope.encode() + b"\0" + last).digest()[:_SEAL_LENGTH]
