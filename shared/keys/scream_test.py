"""The brown-out of a key before its deletion: which of its uses fail, and when no more do.

Owns the one rule, a pure function of the test, the request's id and the time: nothing has to be switched off at the
end, and a node that starts again goes on with it. A request that is tried again has another id, and may pass.
"""

import hashlib

from shared.keys.errors import ScreamTestHit
from shared.keys.model import ScreamTest
from shared.keys.times import MILLISECONDS_PER_MINUTE

PARTS = 10_000
"""Of which a share is counted: hundredths of a percent."""
SKEW_MILLISECONDS = 5 * MILLISECONDS_PER_MINUTE
"""By which the clocks of a region's nodes may differ."""
_DRAW_BYTES = 8


def ends_at(test: ScreamTest) -> int:
    """When it ends by itself, in milliseconds since 1970."""
    return test.started_at + test.minutes * MILLISECONDS_PER_MINUTE


def is_running(test: ScreamTest, now: int) -> bool:
    return test.stopped_at is None and now < ends_at(test)


def share(test: ScreamTest, now: int) -> int:
    """How many of `PARTS` uses fail at `now`: it grows evenly from the first share to the last; 0 once it has ended.

    0 also of one that is to come: whoever began it had a clock that was ahead, and it would go on until that time.
    """
    if not is_running(test, now) or now < test.started_at - SKEW_MILLISECONDS:
        return 0
    elapsed = max(0, now - test.started_at)
    growth = (test.to_percent - test.from_percent) * PARTS * elapsed // (ends_at(test) - test.started_at)
    return (test.from_percent * PARTS + growth) // 100


def hits(test: ScreamTest, request_id: str, now: int) -> bool:
    """Whether this use fails."""
    return _drawn(test, request_id) < share(test, now)


def _drawn(test: ScreamTest, request_id: str) -> int:
    """Evenly from 0 to `PARTS` - 1, the same for the same test and request."""
    digest = hashlib.sha256(f"{test.test}/{request_id}".encode()).digest()
    return int.from_bytes(digest[:_DRAW_BYTES], "big") * PARTS >> 8 * _DRAW_BYTES


def require_spared(test: ScreamTest, arn: str, request_id: str, now: int) -> None:
    """For whatever is about to use the material of the key that is `arn`. Errors: ScreamTestHit."""
    if hits(test, request_id, now):
        raise ScreamTestHit(arn, test.test)
