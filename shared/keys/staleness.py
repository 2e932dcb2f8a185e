"""How old what a region knows may be for a key to be used there.

Owns the tag by which a key sets its limit, which regions have a say in the key's rights, and the refusal. A region that
is cut off does not hear what was revoked elsewhere: past the limit it refuses the key instead of honouring old rights.
"""

from collections.abc import Callable, Iterator

from shared.errors import InvalidTag
from shared.events import Tags
from shared.keys.model import Key
from shared.peer_errors import KeyStale, MaterialUnheard

LIMIT_TAG = "keytide:max-staleness"
"""Its value: whole seconds, from 1 to `LIMIT_MOST`."""
LIMIT_MOST = 366 * 24 * 3600
LARGEST_DIGITS = len(str(LIMIT_MOST))

SILENCE_SECONDS = 90
"""More than a region that can be reached is ever silent: pulses are at most 30 seconds apart."""

FreshAt = Callable[[str], int]
"""(region) -> the moment of which all is known here that the region had shared then, in milliseconds; 0: none is."""


def require_limits(tags: Tags) -> None:
    """Refuse a limit that nobody could read. Errors: InvalidTag."""
    for name, value in tags:
        if name == LIMIT_TAG and _seconds(value) is None:
            raise InvalidTag(f"The value of {LIMIT_TAG} must be whole seconds from 1 to {LIMIT_MOST}")


def limit_of(key: Key, regional: int | None) -> int | None:
    """Seconds, or None where any age will do. Of the region's limit and the key's own, the lower one."""
    for name, value in key.tags:
        if name == LIMIT_TAG:
            own = _seconds(value) or 0
            return own if regional is None else min(own, regional)
    return regional


def require_fresh(key: Key, home: str | None, region: str, limit: int, fresh_at: FreshAt, now: int) -> None:
    """Refuse a key about which `region` may not know what was decided elsewhere. `now` in milliseconds.

    `home`: where its account is changed. `limit` in seconds. Errors: KeyStale, which names the region unheard of.
    """
    for other in deciding_regions(key, home, region):
        if now - fresh_at(other) > limit * 1000:
            raise KeyStale(
                f"This region has not heard from {other} for longer than the {limit} seconds that are allowed for the "
                "key, so it does not know whether the right to use it still stands."
            )


def require_news(key: Key, region: str, fresh_at: FreshAt, now: int) -> None:
    """Refuse to call key material unknown where its primary has not been heard for a while: it may have given some.

    `now` in milliseconds. Errors: MaterialUnheard.
    """
    primary = key.primary_region
    if primary is not None and primary != region and now - fresh_at(primary) > SILENCE_SECONDS * 1000:
        raise MaterialUnheard(
            f"This region has not heard from {primary} for more than {SILENCE_SECONDS} seconds, so it does not know "
            "whether the key has material that opens this ciphertext."
        )


def deciding_regions(key: Key, home: str | None, region: str) -> Iterator[str]:
    """The regions other than `region` that decide about the key: its primary's, and its account's home."""
    yield from sorted({other for other in (key.primary_region, home) if other is not None} - {region})


def _seconds(value: str) -> int | None:
    if not (value.isascii() and value.isdecimal()) or len(value) > LARGEST_DIGITS:
        return None
    return int(value) if 1 <= int(value) <= LIMIT_MOST else None
