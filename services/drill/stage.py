"""One drill from beginning to end: load before the fault, while it lasts and after it, and what is there in the end.

Owns the order, and what injuries may use and tell.
"""

import importlib
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from services.drill.calls import Call, Calls, Kind, Outcome
from services.drill.faults import CannotDrill
from services.drill.figures import History
from services.drill.keys import Keys, common_number, found_of, make_keys, primary_of, schedule_deletion, unopened
from services.drill.load import Load, until
from services.drill.overtaking import overtaken
from services.drill.scenarios import Scenario
from services.drill.site import Site, Told

BLOBS_TRIED = 20
LEVEL_SECONDS = 180.0
SILENT = -1
"""In place of the number of a change: the region does not answer."""

Say = Callable[[str], None]


@dataclass(slots=True)
class Stage:
    """What an injury works with. `primary`: the region of the primary of the keys in common; `survived`, `since`: see
    `History`; `timeline`: what happened, with its moment."""

    site: Site
    keys: Keys
    calls: Calls
    region: str
    primary: str
    say: Say
    survived: str | None = None
    since: float | None = None
    timeline: list[tuple[float, str]] = field(default_factory=list)

    def note(self, text: str) -> None:
        """It has happened just now."""
        moment = self.calls.now()
        self.timeline.append((moment, text))
        self.say(f"{moment:7.2f} s  {text}")

    def command(self, region: str, *words: str) -> str:
        """What a command has said that must succeed. Errors: CannotDrill."""
        told = self.site.command(region, *words)
        if told.status != 0:
            raise CannotDrill(f"keytide {' '.join(words)} in {region}: {told.text.strip()}")
        return told.text

    def until_done(self, region: str, seconds: float, *words: str) -> None:
        """The command again and again until it succeeds. Errors: CannotDrill."""
        told = Told(1, "")

        def succeeds() -> bool:
            nonlocal told
            told = self.site.command(region, *words)
            return told.status == 0

        if not until(succeeds, seconds):
            raise CannotDrill(f"keytide {' '.join(words)} in {region}: {told.text.strip()}")


Injure = Callable[[Stage], AbstractContextManager[None]]


def perform(site: Site, scenario: Scenario, seconds: float, say: Say) -> tuple[History, list[tuple[float, str]]]:
    """`seconds` each before the fault, while it lasts and after it. Errors: CannotDrill."""
    say("making the keys of the drill")
    keys, calls = make_keys(site), Calls()
    load = Load(site, keys, calls)
    hit = site.regions[0 if scenario.at_primary else -1]
    stage = Stage(site, keys, calls, hit, site.regions[0], say)
    stage.note("the load begins")
    load.start()
    try:
        fault, mended, level = _through(stage, injury(scenario), seconds)
    finally:
        load.stop()
    ended = calls.now()
    stage.note("the load has ended")
    if not until(lambda: _agree(stage), LEVEL_SECONDS):
        level = None
    history = _history(stage, load, (fault, mended, ended, level))
    if site.goes_on:
        schedule_deletion(site, keys, history.writes)
    return history, stage.timeline


def injury(scenario: Scenario) -> Injure:
    """What the row of the table names."""
    module, _, function = scenario.injure.partition(":")
    found: Injure = getattr(importlib.import_module(module), function)
    return found


def _through(stage: Stage, injure: Injure, seconds: float) -> tuple[float, float, float | None]:
    """The moments of the fault, of its mending, and when all regions were level."""
    calls = stage.calls
    time.sleep(seconds)
    fault = calls.now()
    with injure(stage):
        time.sleep(max(0.0, fault + seconds - calls.now()))
    mended = calls.now()
    stage.note("the fault is mended")
    level = _level(stage)
    stage.note("all regions are level" if level is not None else f"not level within {LEVEL_SECONDS:g} s")
    until(lambda: _serving(stage), LEVEL_SECONDS)
    time.sleep(seconds)
    return fault, mended, level


def _level(stage: Stage) -> float | None:
    """The moment in which every region shows what the primary shows now; None where that does not come."""
    wanted = _shown(stage)[stage.primary]

    def is_level() -> bool:
        return _knows_the_primary(stage) and all(number >= wanted for number in _shown(stage).values())

    return stage.calls.now() if until(is_level, LEVEL_SECONDS) else None


def _knows_the_primary(stage: Stage) -> bool:
    """Every region: one that was overtaken goes on counting by itself until it steps down."""
    site = stage.site
    return all(primary_of(site.connect(region), stage.keys) == stage.primary for region in site.regions)


def _agree(stage: Stage) -> bool:
    """Whether every region shows the same change in common: the load must have ended."""
    numbers = set(_shown(stage).values())
    return len(numbers) == 1 and SILENT not in numbers


def _shown(stage: Stage) -> dict[str, int]:
    """The change in common that each region shows."""
    site = stage.site
    return {region: int(common_number(site.connect(region), stage.keys) or SILENT) for region in site.regions}


def _serving(stage: Stage) -> bool:
    """Whether the last call of each kind has succeeded in every region."""
    last: dict[tuple[str, Kind], Call] = {}
    for call in tuple(stage.calls):
        if call.kind is not Kind.COMMON:
            last[call.region, call.kind] = call
    return all(call.outcome is Outcome.OK for call in last.values())


def _history(stage: Stage, load: Load, moments: tuple[float, float, float, float | None]) -> History:
    site, (fault, mended, ended, level) = stage.site, moments
    writes = tuple(load.writes)
    stage.say(f"looking for {sum(write.acknowledged is not None for write in writes):,} acknowledged changes")
    return History(
        regions=site.regions,
        hit=stage.region,
        fault=fault,
        mended=mended,
        ended=ended,
        level=level,
        calls=tuple(stage.calls),
        writes=writes,
        found=found_of(site, stage.keys, writes, stage.primary),
        survived=stage.survived,
        since=stage.since,
        overtaken=overtaken(stage),
        unopened=sum(1 for _ in unopened(site, _sampled(load))),
    )


def _sampled(load: Load) -> Iterator[str]:
    """The first and the last that each region has encrypted."""
    for blobs in load.blobs.values():
        yield from dict.fromkeys([*blobs[:BLOBS_TRIED], *blobs[-BLOBS_TRIED:]])
