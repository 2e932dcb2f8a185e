"""What a drill has to show to pass: the table of checks. Pure."""

from collections.abc import Callable
from typing import NamedTuple

from services.drill.calls import Kind
from services.drill.figures import Figures

WHOLE = 1.0


class Limits(NamedTuple):
    """Seconds: the longest recovery time, and the longest recovery point of what regions have in common."""

    recovery_time: float
    recovery_point: float


class Expectation(NamedTuple):
    """`failure` says what was found instead, or "" where it holds."""

    text: str
    failure: Callable[[Figures, Limits], str]


def _nothing_lost(*kinds: Kind) -> Callable[[Figures, Limits], str]:
    def failure(figures: Figures, _limits: Limits) -> str:
        return "; ".join(f"{figures.lost[kind]} {kind}" for kind in kinds if figures.lost[kind])

    return failure


def _whole(share: float | None) -> str:
    if share is None:
        return "nothing was asked"
    return "" if share >= WHOLE else f"{share:.2%} of the attempts"


def _in_time(figures: Figures, limits: Limits) -> str:
    late = figures.recovery_time > limits.recovery_time
    return f"{figures.recovery_time:.2f} s, at most {limits.recovery_time:g} s" if late else ""


def _recent(figures: Figures, limits: Limits) -> str:
    point = figures.recovery_point[Kind.COMMON]
    return f"{point:.2f} s, at most {limits.recovery_point:g} s" if point > limits.recovery_point else ""


NOTHING_LOST = Expectation("no acknowledged change is lost", _nothing_lost(Kind.CHANGES, Kind.SYNCHRONOUS, Kind.COMMON))
NOTHING_SHARED_LOST = Expectation(
    "no acknowledged change is lost that another region had", _nothing_lost(Kind.SYNCHRONOUS, Kind.COMMON)
)
NOTHING_BACKED_UP_LOST = Expectation(
    "no change is lost that was acknowledged before the backup",
    lambda figures, _: f"{figures.lost_before} changes" if figures.lost_before else "",
)
OTHERS_GO_ON = Expectation(
    "every attempt to encrypt and decrypt succeeds in the other regions", lambda figures, _: _whole(figures.elsewhere)
)
HIT_GOES_ON = Expectation(
    "every attempt to encrypt and decrypt succeeds in the region that is hit", lambda figures, _: _whole(figures.hit)
)
RECOVERS_IN_TIME = Expectation("the service is back within the recovery time", _in_time)
RECENT = Expectation("what took over was not older than the recovery point", _recent)
LEVEL = Expectation(
    "all regions are level in the end", lambda figures, _: "they are not" if figures.level is None else ""
)
OPENED = Expectation(
    "every region opens what any region has encrypted",
    lambda figures, _: f"{figures.unopened} blobs are not opened" if figures.unopened else "",
)
ALWAYS = (OTHERS_GO_ON, RECOVERS_IN_TIME, LEVEL, OPENED)
