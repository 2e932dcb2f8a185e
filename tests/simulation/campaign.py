"""One seed: which world it makes, its life, and everything that must hold of it.

Owns the table of worlds, and how a failure reads. A seed gives the world, its faults and its schedule; the same seed
gives the same life, so a failure is one command.
"""

import gc
import logging
import traceback
from collections.abc import Callable
from functools import cache, partial

from tests.simulation.attacked import AttackedWorld
from tests.simulation.erased import ErasedWorld
from tests.simulation.family import FamilyWorld
from tests.simulation.handed_twice import HandedTwiceWorld
from tests.simulation.homes import HomesWorld
from tests.simulation.invariants import AT_REST, AT_STEPS, BEFORE_SETTLING, AtRest
from tests.simulation.lost import LossyWorld
from tests.simulation.promotion import PromotionWorld
from tests.simulation.promotion_of_sharing import PromotionOfSharingWorld
from tests.simulation.remembering import remembering
from tests.simulation.rest import Rest
from tests.simulation.restored import RestoredWorld
from tests.simulation.scheduler import run_seeded
from tests.simulation.sharing import SharingWorld
from tests.simulation.synchronous import SynchronousWorld
from tests.simulation.turned import TurnedWorld
from tests.simulation.world import World

WORLDS: dict[str, Callable[[int], World]] = {
    "keys": World,
    "family": FamilyWorld,
    "promotion": PromotionWorld,
    "sharing": SharingWorld,
    "promotion-of-sharing": PromotionOfSharingWorld,
    "attacked": AttackedWorld,
    "turned": TurnedWorld,
    "lost": LossyWorld,
    "synchronous": SynchronousWorld,
    "erased": ErasedWorld,
    "restored": RestoredWorld,
    "handed-twice": HandedTwiceWorld,
    "homes": HomesWorld,
}
"""Seed n makes the world at n modulo their count."""


COLLECTING = (200_000, 20, 100)
"""Of the three generations of CPython's collector. A life leaves many objects behind, all at once."""


class Violation(AssertionError):
    """An invariant does not hold. Its text names the invariant, the world and the seed."""


def world_of(seed: int) -> str:
    return [*WORLDS][seed % len(WORLDS)]


def live(seed: int, many: int | None = None) -> World:
    """Live through the seed's world, with its first `many` commands alone if so. Errors: Violation."""
    _collect_seldom()
    name = world_of(seed)
    world = WORLDS[name](seed)
    world.many = world.many if many is None else many
    world.after_step = partial(_check_step, name)
    try:
        with remembering():
            run_seeded(_life(name, world), seed)
    except Violation as violation:
        violation.add_note(f"{name}, seed {seed}; again: make simulate SEED={seed}")
        raise
    except (Exception, BaseExceptionGroup) as fault:
        raise Violation(f"{name}, seed {seed}: {type(fault).__name__}: {fault}") from fault
    return world


@cache
def _collect_seldom() -> None:
    """From a process's first life on: looking for cycles in objects that live costs a fifth of a life."""
    gc.set_threshold(*COLLECTING)


async def _life(name: str, world: World) -> None:
    try:
        await world.run()
        _check_rest(name, world, BEFORE_SETTLING)
        await world.settle()
        _check_step(name, world)
        _check_rest(name, world, AT_REST)
    finally:
        await world.close()


def _check_step(name: str, world: World) -> None:
    for number, check in _steps(name):
        try:
            check(world)
        except Exception as fault:
            raise _violated(number, check.__name__, fault) from fault
    world.facts.looked_at = len(world.facts.uses)


@cache
def _steps(name: str) -> list[tuple[int, Callable[[World], None]]]:
    return [(invariant.number, invariant.check) for invariant in AT_STEPS if name in invariant.worlds]


def _check_rest(name: str, world: World, invariants: tuple[AtRest, ...]) -> None:
    rest = Rest(world)
    for invariant in invariants:
        if name in invariant.worlds:
            try:
                invariant.check(rest)
            except Exception as fault:
                raise _violated(invariant.number, invariant.check.__name__, fault) from fault


def _violated(number: int, name: str, fault: Exception) -> Violation:
    return Violation(f"invariant {number}, {name}: {fault!s:.300}")


def violation(seed: int, many: int | None = None) -> str | None:
    """What is violated, with where it was seen; None where everything holds."""
    logging.disable(logging.CRITICAL)  # faults are what is wanted here: writing them down costs more than they do
    try:
        live(seed, many)
    except Violation:
        return traceback.format_exc()
    finally:
        logging.disable(logging.NOTSET)
    return None
