"""How many keys an account holds in this region.

Owns the count behind the quota. It is read, not a condition: what is in flight may overshoot it. Counting 100,000 keys
for each CreateKey would make every creation slower than the one before; but key ids are random, so the first few tell
how many there are, and only an account that seems near its quota is counted.
"""

from collections.abc import Iterator
from itertools import islice

from shared.decision import StateView
from shared.errors import LimitExceeded
from shared.identifiers import MULTI_REGION_PREFIX
from shared.keys.model import Key

_SAMPLE = 256
_NEAR = 0.8
_DIGITS = 8


def require_room(view: StateView, account: str, quota: int) -> None:
    """Refuse one more key than `quota`. Errors: LimitExceeded."""
    if _estimate(view, account) < _NEAR * quota:
        return
    held = sum(1 for key in view.keys(account, "") if key.held_here)
    if held >= quota:
        raise LimitExceeded(f"The account has {held} keys in this region, of {quota} that its quota allows.")


def _estimate(view: StateView, account: str) -> float:
    """Single-region ids sort before multi-region ids, and each kind is spread evenly."""
    return _extrapolated(view.keys(account, ""), "") + _extrapolated(
        view.keys(account, MULTI_REGION_PREFIX), MULTI_REGION_PREFIX
    )


def _extrapolated(keys: Iterator[Key], prefix: str) -> float:
    sample = [key.key_id for key in islice(keys, _SAMPLE) if key.key_id.startswith(MULTI_REGION_PREFIX) == bool(prefix)]
    if len(sample) < _SAMPLE:
        return len(sample)
    reached = int(sample[-1].removeprefix(prefix)[:_DIGITS], 16) + 1
    return float(len(sample) * 16**_DIGITS / reached)
