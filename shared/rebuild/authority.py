"""Which region may share what of a region that was built anew: each tells what it has pinned itself.

Owns this row of the one table of `shared/authority.py`. Nothing follows from another region's word: whom a region
believes, its own operator says.
"""

from collections.abc import Mapping
from typing import Any

from shared.here import Here, Saying, Standing
from shared.rebuild.events import RegionReadmitted


def is_own_readmission(origin: str, stream: str) -> bool:
    """Whether the stream is what `origin` itself tells of a region that it has readmitted."""
    kind, _, rest = stream.partition("/")
    region, _, peer_region = rest.partition("/")
    return kind == "readmission" and peer_region == origin != region


def _readmits_itself(origin: str, event: RegionReadmitted, _standing: Standing, _here: Here) -> bool:
    return event.peer_region == origin != event.region


SAID_OF_REBUILDS: Mapping[type[Any], Saying] = {RegionReadmitted: _readmits_itself}
