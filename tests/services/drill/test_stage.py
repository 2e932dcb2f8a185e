"""The order of a drill, with regions in memory: what the load has asked, what is told, and what is left behind."""

from typing import Any, cast

from services.drill.calls import Calls, Kind
from services.drill.expectations import Limits
from services.drill.figures import History
from services.drill.keys import Keys
from services.drill.overtaking import overtaken
from services.drill.report import Plan, Report, report_of
from services.drill.scenarios import SCENARIOS
from services.drill.site import Site
from services.drill.stage import Stage, perform
from tests.services.drill.fake_site import HOME, PEER, FakeSite

SECONDS = 0.4
SCENARIO = SCENARIOS["region-loss"]


def performed(site: FakeSite) -> tuple[History, Report]:
    history, timeline = perform(cast(Site, site), SCENARIO, SECONDS, lambda _: None)
    plan = Plan("region-loss", site.name, "embedded", 0, SECONDS, Limits(60, 60))
    return history, report_of(plan, SCENARIO, history, timeline)


def test_a_region_that_is_lost_and_keeps_its_word_passes() -> None:
    site = FakeSite()
    history, report = performed(site)
    assert report.passed, report.failures
    assert [text for _, text in report.timeline] == [
        "the load begins",
        f"{HOME} is lost",
        f"{PEER} is promoted",
        "the fault is mended",
        "all regions are level",
        "the load has ended",
    ]
    assert {kind for kind, count in report.figures.acknowledged.items() if count} == {
        Kind.CHANGES,
        Kind.SYNCHRONOUS,
        Kind.COMMON,
    }
    assert {call.region for call in history.calls if call.code == "ConnectionRefusedError"} == {HOME}
    assert any(write.region == PEER and write.kind is Kind.COMMON for write in history.writes), "the client went on"


def test_a_region_that_forgets_what_it_acknowledged_fails_the_drill() -> None:
    _, report = performed(FakeSite(forgets=True))
    assert [one.expectation for one in report.failures] == ["no acknowledged change is lost"]
    assert report.figures.lost[Kind.CHANGES] > 0


def test_regions_are_level_once_the_former_primary_has_stepped_down() -> None:
    site = FakeSite()
    known: list[str | None] = []

    def say(text: str) -> None:
        if text.endswith("are level"):
            known.append(site.known.get(HOME))

    perform(cast(Site, site), SCENARIO, SECONDS, say)
    assert known == [PEER]


def test_a_row_of_many_overtaken_changes_counts_as_many() -> None:
    site = FakeSite()
    site.overtaken = [
        {"key": "common", "id": f"{HOME}.5.42", "first": 42},
        {"key": "common", "id": f"{HOME}.5.41", "first": 10},
        {"key": "another", "id": f"{HOME}.5.9", "first": 9},
    ]
    stage = Stage(cast(Site, site), Keys("steady", "common"), Calls(), HOME, PEER, lambda _: None)
    assert overtaken(stage) == 1 + 32


def test_only_keys_of_the_drill_are_promoted_and_all_of_them_are_deleted_in_the_end() -> None:
    site = FakeSite()
    history, _ = performed(site)
    promoted = [words[2] for words in site.commands if words[1] == "promote"]
    assert set(promoted) == {"key-1", "key-2"}
    multi_region = {write.subject for write in history.writes if write.kind is Kind.SYNCHRONOUS}
    assert all(site.states[key, region] == "PendingDeletion" for key, region in site.states if key in multi_region)
    assert site.states["key-1", PEER] == "PendingDeletion"


def test_regions_of_the_drills_own_are_left_as_they_are() -> None:
    site = FakeSite()
    cast(Any, site).goes_on = False
    performed(site)
    assert ("key-1", PEER) not in site.states
