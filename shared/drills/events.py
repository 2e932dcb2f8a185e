"""What a region records of drills. It is the region's own: it tells peers nothing.

Owns the class, its permanent tag and its stream.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from shared.identifiers import RECOVERY_STREAM


class RecoveryProven(NamedTuple):
    """A drill in which this region took part has passed.

    `scenario`: its name, such as `region-loss`. `report`: the SHA-256 of its report, in hexadecimal digits.
    """

    scenario: str
    report: str


DRILL_EVENTS: Mapping[int, type[RecoveryProven]] = {210: RecoveryProven}
DRILL_STREAMS: Mapping[type[Any], Callable[[Any], str]] = {RecoveryProven: lambda _event: RECOVERY_STREAM}
