"""The figures of the workers: counted, written whole, and read together."""

from pathlib import Path

import orjson
import pytest

from services.region_node.metrics import BOUNDS_SECONDS, CountsDirectory, RequestCounts, render
from services.region_node.replicator_client import ReplicatorStatus


def counted(*seconds: float) -> RequestCounts:
    counts = RequestCounts()
    for each in seconds:
        counts.note("Encrypt", "", each)
    return counts


@pytest.mark.parametrize(
    ("seconds", "bucket"),
    [(0.0, 0), (BOUNDS_SECONDS[0], 0), (0.0002, 1), (15.0, len(BOUNDS_SECONDS) - 1), (16.0, len(BOUNDS_SECONDS))],
)
def test_a_latency_counts_in_the_bucket_that_holds_it(seconds: float, bucket: int) -> None:
    latencies = orjson.loads(counted(seconds).encode())["latencies"]["Encrypt"]
    assert [number for number, count in enumerate(latencies[:-1]) if count] == [bucket]
    assert latencies[-1] == seconds


def test_a_worker_writes_its_own_figures_over_its_older_ones(tmp_path: Path) -> None:
    directory = CountsDirectory(tmp_path / "counts")
    directory.write(1, counted(1))
    directory.write(1, counted(1, 1))
    directory.write(2, counted())
    assert directory.read() == {
        "1": {
            "requests": [["Encrypt", "", 2]],
            "latencies": orjson.loads(counted(1, 1).encode())["latencies"],
            "audit": {},
        },
        "2": {"requests": [], "latencies": {}, "audit": {}},
    }


def test_buckets_are_cumulative_as_prometheus_counts() -> None:
    workers = {"1": orjson.loads(counted(0.0001, 0.3, 20).encode())}
    lines = render("us-east-1", workers, None).decode().splitlines()
    named = 'operation="Encrypt",region="us-east-1",worker="1"'
    counts = {
        line.split('le="')[1].split('"')[0]: float(line.split()[-1])
        for line in lines
        if line.startswith("keytide_request_seconds_bucket")
    }
    assert (counts["0.0001"], counts["0.25"], counts["0.5"], counts["15.0"], counts["+Inf"]) == (1, 1, 2, 2, 3)
    assert f"keytide_request_seconds_sum{{{named}}} 20.3001" in lines


def test_names_of_the_replicator_become_names_of_metrics() -> None:
    status = ReplicatorStatus(True, "", {}, {}, {"alarms seen-again": 2}, {"log.troubles": 1.0})
    lines = render("us-east-1", {}, status).decode().splitlines()
    assert 'keytide_alarms_seen_again_total{region="us-east-1"} 2.0' in lines
    assert 'keytide_log_troubles{region="us-east-1"} 1.0' in lines


def test_how_far_the_peers_are_is_told_by_peer_as_far_as_it_is_known() -> None:
    peers = {"eu-west-1": {"records_behind": 3.0, "seconds_behind": 1.5}, "sa-east-1": {"records_behind": 0.0}}
    status = ReplicatorStatus(True, "", {}, {}, {}, {}, peers)
    lines = [line for line in render("us-east-1", {}, status).decode().splitlines() if line.startswith("keytide_peer")]
    assert lines == [
        'keytide_peer_records_behind{peer="eu-west-1",region="us-east-1"} 3.0',
        'keytide_peer_records_behind{peer="sa-east-1",region="us-east-1"} 0.0',
        'keytide_peer_seconds_behind{peer="eu-west-1",region="us-east-1"} 1.5',
    ]
