"""The figures of the workers: counted, written whole, and read together."""

from pathlib import Path

import orjson
import pytest

from services.metrics.request_families import LATENCY_SECONDS
from services.region_node.metrics import CountsDirectory, RequestCounts, render
from services.region_node.replicator.client import ToldStatus
from services.region_node.replicator.samples import ALARMS


def counted(*seconds: float) -> RequestCounts:
    counts = RequestCounts()
    for each in seconds:
        counts.note("Encrypt", "", each)
    return counts


def latency_of(counts: RequestCounts) -> list[float]:
    """Of the one operation: counts by bucket and, last, the sum."""
    (latency,) = (sample.value for sample in counts.samples() if sample.family == "request_seconds")
    assert not isinstance(latency, float | int)
    return list(latency)


def written(counts: RequestCounts) -> object:
    return orjson.loads(orjson.dumps([*counts.samples()], default=tuple))


@pytest.mark.parametrize(
    ("seconds", "bucket"),
    [
        (0.0, 0),
        (LATENCY_SECONDS[0], 0),
        (0.0002, 1),
        (15.0, len(LATENCY_SECONDS) - 1),
        (16.0, len(LATENCY_SECONDS)),
    ],
)
def test_a_latency_counts_in_the_bucket_that_holds_it(seconds: float, bucket: int) -> None:
    latency = latency_of(counted(seconds))
    assert [number for number, count in enumerate(latency[:-1]) if count] == [bucket]
    assert latency[-1] == seconds


def test_a_worker_writes_its_own_figures_over_its_older_ones(tmp_path: Path) -> None:
    directory = CountsDirectory(tmp_path / "counts")
    directory.write(1, counted(1).samples())
    directory.write(1, counted(1, 1).samples())
    directory.write(2, counted().samples())
    assert directory.read() == {"1": written(counted(1, 1)), "2": []}


def test_buckets_are_cumulative_as_prometheus_counts() -> None:
    lines = render("us-east-1", {"1": written(counted(0.0001, 0.3, 20))}, None).decode().splitlines()
    named = 'operation="Encrypt",region="us-east-1",worker="1"'
    counts = {
        line.split('le="')[1].split('"')[0]: float(line.split()[-1])
        for line in lines
        if line.startswith("keytide_request_seconds_bucket")
    }
    assert (counts["0.0001"], counts["0.25"], counts["0.5"], counts["15.0"], counts["+Inf"]) == (1, 1, 2, 2, 3)
    assert f"keytide_request_seconds_sum{{{named}}} 20.3001" in lines


def test_an_alarm_is_told_before_there_was_any_so_that_the_first_is_an_increase() -> None:
    status = ToldStatus(True, "", {}, {"alarms_gap": 2, "alarms_head_differs": 1}, {})
    lines = render("us-east-1", {}, status).decode().splitlines()
    told = {line.split('"')[1]: float(line.split()[-1]) for line in lines if line.startswith("keytide_alarms_total")}
    assert told == {**{name.removeprefix("alarms_"): 0 for name in ALARMS}, "gap": 2, "head_differs": 1}


def test_how_far_the_peers_are_is_told_by_peer_as_far_as_it_is_known() -> None:
    peers = {"eu-west-1": {"records_behind": 3.0, "seconds_behind": 1.5}, "sa-east-1": {"records_behind": 0.0}}
    status = ToldStatus(True, "", {}, {}, {}, peers)
    lines = [line for line in render("us-east-1", {}, status).decode().splitlines() if line.startswith("keytide_peer")]
    assert lines == [
        'keytide_peer_seconds_behind{peer="eu-west-1",region="us-east-1"} 1.5',
        'keytide_peer_records_behind{peer="eu-west-1",region="us-east-1"} 3.0',
        'keytide_peer_records_behind{peer="sa-east-1",region="us-east-1"} 0.0',
    ]
