"""What a region that runs tells Prometheus: everything has its row, and every stage has its figures."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pytest

from services.metrics.families import FAMILIES
from services.metrics.family import Sample
from services.region_node.metrics import render
from services.region_node.replicator.samples import replicator_samples
from tests.services.region_node.running_replicator import REGIONS, RunningRegion, eventually
from tests.services.region_node.serving import Serving, serving

PEER = REGIONS[1]


@pytest.fixture(scope="module")
def region() -> Iterator[Serving]:
    """One key with a replica, used a few times."""
    with asyncio.Runner() as runner:
        made = serving(runner, PEER)
        try:
            key_id = made.create_key(MultiRegion=True)
            made.ask("ReplicateKey", KeyId=key_id, ReplicaRegion=PEER)
            for _ in range(3):
                made.ask("Encrypt", KeyId=key_id, Plaintext="AA==")
            runner.run(eventually(lambda: len(_stages(made)) == 1))
            yield made
        finally:
            made.close()


def _stages(region: Serving) -> set[float]:
    """How far each stage of sharing is, from the record to the peer's adoption."""
    home, peer = told(region.region), told(region.peers[0])
    return {_total(home, "records_shared"), _total(home, "records_published"), _total(peer, "records_adopted")}


def told(region: RunningRegion) -> list[Sample]:
    """By the replicator, as its workers read it."""
    return [Sample(*figure) for figure in _figures(region)]


def _figures(region: RunningRegion) -> Sequence[Any]:
    figures = region.told["figures"]
    assert isinstance(figures, Sequence)
    return figures


def _total(samples: Iterable[Sample], family: str) -> float:
    """Of all partitions."""
    return sum(sample.value for sample in samples if sample.family == family and not isinstance(sample.value, Sequence))


def count_in(samples: Iterable[Sample], family: str) -> float:
    """How many durations a histogram holds."""
    found = [sample.value for sample in samples if sample.family == family]
    return sum(sum(value[:-1]) for value in found if isinstance(value, Sequence))


def by_cache(region: Serving, family: str) -> dict[str, float]:
    samples = (sample for sample in region.figures.samples() if sample.family == family)
    return {sample.labels[0]: sample.value for sample in samples if not isinstance(sample.value, Sequence)}


def test_everything_that_is_told_has_a_row_with_as_many_labels(region: Serving) -> None:
    status = region.status()
    figures = [Sample(one.family, ("1", *one.labels), one.value) for one in region.figures.samples()]
    figures += replicator_samples(status)
    assert {one.family for one in figures} - set(FAMILIES) == set()
    assert [one for one in figures if len(one.labels) != len(FAMILIES[one.family].labels)] == []
    assert b"keytide_records_appended_total" in render(region.region.name, {}, status)


def test_records_are_told_at_every_stage(region: Serving) -> None:
    home, peer = told(region.region), told(region.peers[0])
    assert _total(home, "records_applied") >= _total(home, "records_appended") > 2
    assert min(_stages(region)) >= 2
    assert {one.labels[1] for one in peer if one.family == "records_adopted"} == {region.region.name}


def test_a_peer_of_which_nothing_is_adopted_is_told_too(region: Serving) -> None:
    adopted = [one for one in told(region.region) if one.family == "records_adopted"]
    assert {one.labels[1] for one in adopted} == {PEER}
    assert len(adopted) == region.region.settings.partitions


def test_delays_are_told_where_a_record_arrives(region: Serving) -> None:
    home, peer = told(region.region), told(region.peers[0])
    assert count_in(home, "publication_delay_seconds") == _total(home, "records_published")
    assert count_in(peer, "adoption_delay_seconds") == _total(peer, "records_adopted")
    assert (count_in(peer, "publication_delay_seconds"), count_in(home, "adoption_delay_seconds")) == (0, 0)


def test_every_cache_is_told(region: Serving) -> None:
    hits, misses, entries = (by_cache(region, f"cache_{figure}") for figure in ("hits", "misses", "entries"))
    assert set(hits) == set(misses) == {
        "materials", "keys", "signing_keys", "sessions", "policies", "programs", "verdicts",
    }  # fmt: skip
    assert set(entries) == (set(hits) - {"verdicts"}) | {"state_rows", "state_derived"}
    assert (hits["materials"], misses["materials"], entries["materials"]) == (3, 1, 1)
    assert hits["verdicts"] >= 1  # a record that is applied in between ends what was kept
    assert min(misses["verdicts"], misses["programs"], misses["signing_keys"], entries["state_rows"]) > 0


def test_lanes_are_told_when_nobody_waits(region: Serving) -> None:
    lanes = {one.labels: one.value for one in region.figures.samples() if one.family == "work_waiting"}
    assert lanes == {("heavy",): 0, ("slow",): 0}
