"""The header that tells a client where its change stands."""

from collections.abc import Sequence

from replication.records.change_position import position_after
from replication.records.told_position import ToldPositions
from services.region_node.changes.changing import Place

POSITION_HEADER = b"x-keytide-position"
"""On every answer to a change: what a barrier takes."""


def position_headers(told: ToldPositions, places: Sequence[Place]) -> tuple[tuple[bytes, bytes], ...]:
    """Of the last change of a request; none where nothing was asked of the log."""
    if not places:
        return ()
    return ((POSITION_HEADER, told.tell(position_after(told.region, *places[-1])).encode()),)
