"""May this key be deleted? What speaks for it and against it, of what can be known.

Owns the rules, as a pure function of what was gathered. What a key has encrypted and nobody has opened lately cannot be
known: that is said, too, and counts for nothing.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

import orjson

from shared.keys.model import AWS, Key, ScreamTest
from shared.keys.scream_test import ends_at, is_running
from shared.keys.times import days
from shared.times import instant
from shared.usage.report import totals
from shared.usage.tally import DONE, Count, Counted, Tallies, is_use


class Weight(StrEnum):
    """What a finding says. Only AGAINST keeps the answer from being yes."""

    AGAINST = "against"
    FOR = "for"
    UNKNOWN = "cannot be known"
    NOTE = "note"


class Finding(NamedTuple):
    """`region` "" where it is of all."""

    weight: Weight
    region: str
    text: str


class Gathered(NamedTuple):
    """What is known of the key in one region. Times in milliseconds since 1970.

    `counted_since` None: nothing tells how the key is used there. `tallies`: of the key, in the days that are asked
    for. `hits`: calls that the last scream test has failed, None where that is not known.
    """

    region: str
    key: Key
    counted_since: int | None
    last_use: int | None
    tallies: Tallies
    aliases: Sequence[str]
    grantees: Sequence[str]
    hits: int | None


_UNSEEN = "the key is there, and the region cannot be looked at"


def findings(gathered: Sequence[Gathered], unseen: Sequence[str], period_days: int, now: int) -> list[Finding]:
    """`unseen`: the regions of the key that could not be looked at."""
    found = [one for here in gathered for one in _in_region(here, period_days, now)]
    found += [Finding(Weight.AGAINST, region, _UNSEEN) for region in unseen]
    never = all(one.last_use is None and _since_birth(one) for one in gathered) and not unseen
    material = "it was never used since it was made" if never else "what it has encrypted that nobody has opened since"
    return [*found, Finding(Weight.FOR if never else Weight.UNKNOWN, "", material)]


def is_deletable(found: Sequence[Finding]) -> bool:
    return all(one.weight != Weight.AGAINST for one in found)


def _since_birth(here: Gathered) -> bool:
    return here.counted_since is not None and here.counted_since <= here.key.created_at


def _in_region(here: Gathered, period_days: int, now: int) -> Iterator[Finding]:
    for weight, text in (
        *_of_kind(here.key),
        *_of_uses(here, period_days, now),
        *_of_names(here),
        *_of_scream_test(here, now),
        *_of_policy(here.key),
    ):
        yield Finding(weight, here.region, text)


def _of_kind(key: Key) -> Iterator[tuple[Weight, str]]:
    if key.key_manager == AWS:
        yield Weight.AGAINST, "it is an AWS managed key, which nobody can delete"
    if key.deletion is not None:
        yield Weight.NOTE, "it is scheduled for deletion already"
    if key.heir_key_id is not None:
        yield Weight.NOTE, f"its heir {key.heir_key_id} opens what it has encrypted"


def _of_uses(here: Gathered, period_days: int, now: int) -> Iterator[tuple[Weight, str]]:
    period = f"the last {period_days} days"
    if here.counted_since is None:
        yield Weight.AGAINST, "nothing tells how it is used: no audit trail is counted there"
        return
    short = here.counted_since > max(now - days(period_days), here.key.created_at)
    if short:
        yield Weight.AGAINST, f"its use is only known since {_day(here.counted_since)}, not of {period}"
    wanted = _wanted(here.tallies)
    for who, count in sorted(wanted.items(), key=lambda row: -row[1].last):
        principal, operation, outcome = who
        yield Weight.AGAINST, f"{principal}: {operation}, {outcome}, {_times(count.uses)}, last {instant(count.last)}"
    if not wanted and not short:
        last = "" if here.last_use is None else f"; last {instant(here.last_use)}"
        yield Weight.FOR, f"nobody has used it in {period}{last}"


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"


def _calls(number: int) -> str:
    return "one call" if number == 1 else f"{number:,} calls"


def _wanted(tallies: Tallies) -> dict[tuple[str, ...], Count]:
    """Uses, and calls that would have been: who is refused a key today misses it, too."""
    kept = {counted: count for counted, count in tallies.items() if _would_use(counted)}
    return totals(kept, ("principal", "operation", "outcome"))


def _would_use(counted: Counted) -> bool:
    return is_use(counted._replace(outcome=DONE))


def _of_names(here: Gathered) -> Iterator[tuple[Weight, str]]:
    for alias in here.aliases:
        yield Weight.AGAINST, f"{alias} names it"
    for grantee in here.grantees:
        yield Weight.AGAINST, f"a grant gives it to {grantee}"


def _of_scream_test(here: Gathered, now: int) -> Iterator[tuple[Weight, str]]:
    test = here.key.scream_test
    if test is None:
        yield Weight.NOTE, "no scream test was made: keytide scream start"
    elif is_running(test, now):
        yield Weight.AGAINST, f"scream test {test.test} runs until {instant(ends_at(test))}"
    elif here.hits:
        yield Weight.AGAINST, f"scream test {test.test} has failed {_calls(here.hits)}: keytide scream status"
    elif here.hits is None:
        yield Weight.NOTE, f"whom scream test {test.test} has hit is not known"
    else:
        yield _of_quiet(test)


def _of_quiet(test: ScreamTest) -> tuple[Weight, str]:
    if test.stopped_at is not None:
        return (
            Weight.NOTE,
            f"scream test {test.test} was stopped {instant(test.stopped_at)}, and had hit nobody",
        )
    return Weight.FOR, f"scream test {test.test} has hit nobody until {instant(ends_at(test))}"


def _of_policy(key: Key) -> Iterator[tuple[Weight, str]]:
    for principal in principals_of(key.policy or ""):
        if not principal.endswith(":root"):
            yield Weight.NOTE, f"its key policy names {principal}"


def principals_of(policy: str) -> list[str]:
    """Whom the statements that allow something name; none for a text that is no policy."""
    try:
        statements = orjson.loads(policy)["Statement"]
    except (ValueError, LookupError, TypeError):
        return []
    named: dict[str, None] = {}
    for statement in statements if isinstance(statements, list) else [statements]:
        if isinstance(statement, dict) and statement.get("Effect") == "Allow":
            named |= dict.fromkeys(_named_in(statement.get("Principal")))
    return [*named]


def _named_in(principal: object) -> Iterator[str]:
    if isinstance(principal, str):
        yield principal
    elif isinstance(principal, list):
        for one in principal:
            yield from _named_in(one)
    elif isinstance(principal, dict):
        yield from _named_in([*principal.values()])


def _day(time: int) -> str:
    return instant(time)[:10]
