"""What a refusal tells the front door: who may do what this node does not.

Owns the headers for it.
"""

from services import door_headers
from services.region_node.nodes.errors import NotLeased
from shared.errors import KeytideError


def elsewhere(error: KeytideError) -> tuple[tuple[bytes, bytes], ...]:
    """The region that has to be asked instead, or that another node of this one may serve."""
    if error.home_region:
        return ((door_headers.HOME, error.home_region.encode()),)
    return ((door_headers.UNLEASED, b"1"),) if isinstance(error, NotLeased) else ()
