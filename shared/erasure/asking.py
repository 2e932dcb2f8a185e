"""What a region asks for that lacks material of a key, of whom, and how long it waits: pure decisions.

Owns whose answers are passed over. Times are integer milliseconds.
"""

from shared.erasure.decide import DAY, SECOND
from shared.erasure.events import SecretRequested
from shared.erasure.live import lacking
from shared.erasure.model import SecretRequest
from shared.keys.model import Key

ANSWER_MS = 3_600 * SECOND
"""Whoever was asked may be away, or may have lost the same."""
OTHERS_ANSWER_MS = 10 * SECOND
"""For those who answer in the place of one whose answer was in vain: it may have more by then than they."""


def asks_again_after(times: int) -> int:
    """How long a region waits that has asked so many times for what it lacks: doubling from a second, up to a day.

    Who was asked first may not know the asker's present card yet, and a moment later he does. A primary that lost the
    same answers at once, with nothing.
    """
    return int(min(DAY, SECOND << min(times, 32)))


def awaits_answer(asked: SecretRequest, now: int) -> bool:
    """Whether what a region has asked for may still be answered. `now` is in milliseconds."""
    return now - asked.asked_at < (OTHERS_ANSWER_MS if asked.in_vain else ANSWER_MS)


def next_request(key: Key, region: str, before: SecretRequest | None) -> SecretRequested:
    """What `region` asks next for what it lacks of `key`; `before`: what it has asked last.

    Whose answers were in vain are left out, until all others have had their turn, or one of these says nothing.
    """
    others = {key.primary_region, *key.replica_regions} - {region}
    was_answered = before is not None and before.asked_at == 0
    in_vain = before.in_vain if before is not None and was_answered and others - {*before.in_vain} else ()
    return SecretRequested(key.account, key.key_id, region, lacking(key), in_vain)
