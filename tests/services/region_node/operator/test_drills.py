"""What a node does for drills: it signs reports, and tells how long ago it passed one."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from services.drill.statement import Statement, decode_statement
from services.region_node.operator.drills import DAY_MILLISECONDS, GAUGE, Drills
from services.region_node.operator.questions import Verb
from shared.crypto.region_identity import verify_signature
from shared.errors import DependencyTimeout
from tests.services.region_node.running_replicator import REGIONS, RunningRegion, regions

HOME = REGIONS[0]
REPORT = "5e" * 32


@pytest_asyncio.fixture
async def region() -> AsyncIterator[RunningRegion]:
    async with regions(HOME) as running:
        running[HOME].start()
        await running[HOME].ready()
        yield running[HOME]


def drills_of(region: RunningRegion) -> Drills:
    return region.replicator._own_work.drills


def stated(region: RunningRegion, text: str) -> Statement:
    def verify(_region: str, message: bytes, signature: bytes) -> bool:
        return verify_signature(region.keys.identity.public_bytes, message, signature)

    return decode_statement(text, verify)


def gauges(region: RunningRegion) -> dict[str, float]:
    told = region.told["gauges"]
    assert isinstance(told, dict)
    return told


async def test_a_passed_drill_is_signed_and_the_days_since_then_are_a_gauge(region: RunningRegion) -> None:
    assert GAUGE not in gauges(region)
    attest = region.replicator._own_work.answers[Verb.ATTEST_DRILL]
    said = stated(region, await attest(scenario="region-loss", report=REPORT, passed=1))
    assert (said.region, said.scenario, said.report, said.passed) == (HOME, "region-loss", REPORT, True)
    assert 0 <= gauges(region)[GAUGE] < 0.01


async def test_days_are_counted_from_the_record(region: RunningRegion) -> None:
    await drills_of(region).attest("region-loss", REPORT, 1)
    settings, submit = region.settings, region.replicator.submit
    later = Drills(settings, region.keys, region.replicator._store, submit, lambda: now + 3 * DAY_MILLISECONDS)
    now = drills_of(region)._place.now()
    assert later.gauges()[GAUGE] == pytest.approx(3, abs=0.01)


async def test_a_failed_drill_is_signed_as_such_and_proves_nothing(region: RunningRegion) -> None:
    said = stated(region, await drills_of(region).attest("region-loss", REPORT, 0))
    assert not said.passed
    assert GAUGE not in gauges(region)


async def test_a_passed_drill_outlasts_a_restart(region: RunningRegion) -> None:
    await drills_of(region).attest("region-loss", REPORT, 1)
    await region.stop()
    region.start()
    await region.ready()
    assert GAUGE in gauges(region)


async def test_nothing_is_signed_where_a_passed_drill_cannot_be_recorded(region: RunningRegion) -> None:
    region.replicator._partitions = []
    with pytest.raises(DependencyTimeout):
        await drills_of(region).attest("region-loss", REPORT, 1)
    assert GAUGE not in gauges(region)
