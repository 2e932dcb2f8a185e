"""Barrier: the request and its answer."""

from typing import Annotated, NamedTuple, TypeAlias

from services.region_node.wire.shapes import Length, Range

Position: TypeAlias = Annotated[str, Length(1, 200)]
RegionName: TypeAlias = Annotated[str, Length(1, 64)]


class BarrierRequest(NamedTuple):
    """`regions` None: all that the region knows. `timeout_seconds` None: 10.

    The front door waits 60 seconds for an answer, so a barrier must end before.
    """

    position: Position
    regions: Annotated[tuple[RegionName, ...], Length(1, 100)] | None = None
    timeout_seconds: Annotated[int, Range(1, 50)] | None = None


class ReachedRegion(NamedTuple):
    """`delay_milliseconds`: from the change's record until the region had said that it has adopted it."""

    region: str
    delay_milliseconds: int


class BarrierResponse(NamedTuple):
    """`receipt`: see `replication/records/receipt.py`."""

    position: str
    receipt: str
    regions: tuple[ReachedRegion, ...]
