"""How many grants a key has. Owns the count behind the quota; what is in flight may overshoot it."""

from shared.decision import StateView
from shared.errors import LimitExceeded
from shared.estimate import NEAR, estimated_count
from shared.keys.model import Key


def require_room(view: StateView, key: Key, quota: int) -> None:
    """Refuse one more grant than `quota`. Errors: LimitExceeded."""
    if estimated_count(view.grant_ids(key.account, key.key_id, "")) < NEAR * quota:
        return
    count = sum(1 for _ in view.grant_ids(key.account, key.key_id, ""))
    if count >= quota:
        raise LimitExceeded(f"The key has {count} grants, of {quota} that its quota allows.")
