"""What time brings to a key: its deletion, its rotation, the end of imported material.

Owns when something is due. What is due then is decided like every other change
(`services/region_node/own_work/due.py`); until its event stands in the log, whatever only forbids is enforced at use.
"""

from shared.keys.model import ENABLED, PENDING_DELETION, Key
from shared.keys.specs import EXTERNAL


def due_at(key: Key, region: str) -> int | None:
    """The next time, in milliseconds, at which something is due for `key` in `region`; None where nothing is."""
    if key.deletion is None and key.rotation is None and key.origin != EXTERNAL:
        return None
    times = [time for time in (_deletion(key), rotation_due(key, region), expiry(key)) if time is not None]
    return min(times) if times else None


def _deletion(key: Key) -> int | None:
    return key.deletion.due_at if key.deletion is not None and key.state == PENDING_DELETION else None


def rotation_due(key: Key, region: str) -> int | None:
    """The primary rotates, one rotation after the other, only while it is enabled: a disabled key is overdue as soon
    as it is enabled again.
    """
    rotates = key.state == ENABLED and key.primary_region in (None, region) and key.under_way is None
    return key.rotation.next_at if rotates and key.rotation is not None else None


def expiry(key: Key) -> int | None:
    """The earliest time at which material imported in this region is no longer valid."""
    times = [material.valid_to for material in key.materials if material.valid_to is not None]
    return min(times) if times else None
