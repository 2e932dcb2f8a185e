"""How many keys an account holds in this region.

Owns the count behind the quota. It is read, not a condition: what is in flight may overshoot it.
"""

from itertools import takewhile

from shared.decision import StateView
from shared.errors import LimitExceeded
from shared.estimate import NEAR, estimated_count
from shared.identifiers import MULTI_REGION_PREFIX


def require_room(view: StateView, account: str, quota: int) -> None:
    """Refuse one more key than `quota`. Errors: LimitExceeded."""
    if _estimate(view, account) < NEAR * quota:
        return
    held = sum(1 for key in view.keys(account, "") if key.held_here)
    if held >= quota:
        raise LimitExceeded(f"The account has {held} keys in this region, of {quota} that its quota allows.")


def _estimate(view: StateView, account: str) -> float:
    """Single-region ids sort before multi-region ids, and each kind is spread evenly."""
    ids = (key.key_id for key in view.keys(account, ""))
    single = takewhile(lambda key_id: not key_id.startswith(MULTI_REGION_PREFIX), ids)
    multi = (key.key_id.removeprefix(MULTI_REGION_PREFIX) for key in view.keys(account, MULTI_REGION_PREFIX))
    return estimated_count(single) + estimated_count(multi)
