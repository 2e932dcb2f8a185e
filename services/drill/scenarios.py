"""The scenarios of drills: the one table. What each breaks, what it has to regain, and what is expected of it."""

from enum import StrEnum
from typing import NamedTuple

from services.drill.calls import Kind
from services.drill.expectations import (
    ALWAYS,
    HIT_GOES_ON,
    NOTHING_BACKED_UP_LOST,
    NOTHING_LOST,
    NOTHING_SHARED_LOST,
    RECENT,
    Expectation,
)


class Need(StrEnum):
    """What must be possible with the regions for a scenario."""

    BROKERS = "brokers"
    CUT_LINKS = "links that can be cut"
    SLOW_LINKS = "links that can be made slow"
    DISKS = "disks that may be destroyed"


class Scenario(NamedTuple):
    """`injure`: `module:function`, a context that holds the fault. `at_primary`: the first region is hit, where the
    primaries are; else the last one. `regains`: which service's pause is the recovery time; `anywhere`: of whichever
    region gives it, else in the region that is hit."""

    help: str
    injure: str
    at_primary: bool
    regains: Kind
    anywhere: bool
    expects: tuple[Expectation, ...]
    needs: Need | None = None


SCENARIOS: dict[str, Scenario] = {
    "region-loss": Scenario(
        "the primary's region dies, a replica is promoted, and it comes back",
        "services.drill.losses:region_loss",
        at_primary=True,
        regains=Kind.COMMON,
        anywhere=True,
        expects=(NOTHING_LOST, RECENT, *ALWAYS),
    ),
    "broker-loss": Scenario(
        "a region's Kafka broker is killed",
        "services.drill.losses:broker_loss",
        at_primary=False,
        regains=Kind.CHANGES,
        anywhere=False,
        expects=(NOTHING_LOST, HIT_GOES_ON, *ALWAYS),
        needs=Need.BROKERS,
    ),
    "partition": Scenario(
        "a region is cut off from all others",
        "services.drill.links_hurt:partition",
        at_primary=False,
        regains=Kind.CHANGES,
        anywhere=False,
        expects=(NOTHING_LOST, HIT_GOES_ON, *ALWAYS),
        needs=Need.CUT_LINKS,
    ),
    "slow-link": Scenario(
        "every 16 KiB to and from a region take 0.2 s",
        "services.drill.links_hurt:slow_link",
        at_primary=False,
        regains=Kind.CHANGES,
        anywhere=False,
        expects=(NOTHING_LOST, HIT_GOES_ON, *ALWAYS),
        needs=Need.SLOW_LINKS,
    ),
    "disk-loss": Scenario(
        "a region loses all that it has written, and is built anew from its peers",
        "services.drill.disks_lost:disk_loss",
        at_primary=False,
        regains=Kind.CRYPTOGRAPHY,
        anywhere=False,
        expects=(NOTHING_SHARED_LOST, *ALWAYS),
        needs=Need.DISKS,
    ),
    "returning-primary": Scenario(
        "a primary that is cut off goes on while a replica is promoted, and comes back",
        "services.drill.links_hurt:returning_primary",
        at_primary=True,
        regains=Kind.COMMON,
        anywhere=True,
        expects=(NOTHING_LOST, RECENT, HIT_GOES_ON, *ALWAYS),
        needs=Need.CUT_LINKS,
    ),
    "restore": Scenario(
        "a region loses all that it has written, and is restored from a backup",
        "services.drill.disks_lost:restore",
        at_primary=False,
        regains=Kind.CRYPTOGRAPHY,
        anywhere=False,
        expects=(NOTHING_BACKED_UP_LOST, NOTHING_SHARED_LOST, *ALWAYS),
        needs=Need.DISKS,
    ),
}
