"""What a listing of a snapshot shows: all that can be read.

Owns that a frozen stream, whose state is not known to this program, hides no other. Who asks for it by its name is
refused; in a listing it is passed over, so that a frozen grant gives nothing.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from shared.errors import KeyUnavailable

Name = TypeVar("Name")
Found = TypeVar("Found")


def readable(read: Callable[[Name], Found | None], names: Iterable[Name]) -> Iterator[Found]:
    """What `read` finds under each of the names. Errors: those of `read`, KeyUnavailable excepted."""
    for name in names:
        try:
            found = read(name)
        except KeyUnavailable:
            continue
        if found is not None:
            yield found
