"""What the trail's JSON knows of maps and times is what the types of the operations say."""

from collections.abc import Iterator

from services.region_node.requests.routes import QUERY_ROUTES, ROUTES
from services.region_node.wire.member import Member, is_structure, members_of
from shared.audit.cloudtrail_names import MAPS, TIMES

OPERATIONS = [route.operation for route in (*ROUTES.values(), *QUERY_ROUTES.values())]


def _members(shape: type) -> Iterator[Member]:
    for member in members_of(shape):
        yield member
        kind = member.kind.element or member.kind
        if is_structure(kind.base):
            yield from _members(kind.base)


def test_members_that_are_maps_keep_their_keys() -> None:
    maps = {
        member.wire_name
        for operation in OPERATIONS
        for member in _members(operation.request)
        if member.kind.base is dict
    }
    assert maps == MAPS


def test_members_that_are_times_read_like_times() -> None:
    shapes = [shape for each in OPERATIONS for shape in (each.request, each.response) if shape is not None]
    times = {member.wire_name for shape in shapes for member in _members(shape) if member.kind.base is float}
    assert times <= TIMES
