"""How long a change takes, and how soon it is usable elsewhere, on both logs.

Owns the benchmark `replication`. Three regions run as real processes. A lifecycle write is an UpdateKeyDescription
that is acknowledged; its baseline in the same run is a DescribeKey over the same connection, which needs no log. The
replication delay runs from the answer of ReplicateKey to the first Encrypt that the other region answers. A synchronous
write is a CreateKey that is answered once one other region has adopted it; its baseline is one that waits for nobody.
"""

import os
import statistics
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from benchmarks.region_client import Refused, RegionClient
from benchmarks.running import REGIONS, Running, regions

GIVE_UP_SECONDS = 30.0
POLL_SECONDS = 0.0005


class Spread(NamedTuple):
    """Milliseconds."""

    median: float
    p99: float


def spread(seconds: Sequence[float]) -> Spread:
    ordered = sorted(seconds)
    return Spread(statistics.median(ordered) * 1000, ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))] * 1000)


def _timed(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def _usable_after(client: RegionClient, key_id: str) -> float:
    """Seconds until the region encrypts under the key. It is asked again and again: half a millisecond's error."""
    started = time.perf_counter()
    while (passed := time.perf_counter() - started) < GIVE_UP_SECONDS:
        try:
            client.call("Encrypt", KeyId=key_id, Plaintext="AAAA")
        except Refused as refused:
            if refused.code != "NotFoundException":
                raise
            time.sleep(POLL_SECONDS)
        else:
            return passed
    raise TimeoutError(f"{key_id} did not arrive within {GIVE_UP_SECONDS:g} s")


class Measured(NamedTuple):
    read: Spread
    write: Spread
    delay: Spread
    asynchronous: Spread
    synchronous: Spread


def _measure(running: Running, rounds: int) -> Measured:
    near, far = (RegionClient(running.port + 1 + i, REGIONS[i], running.credentials) for i in (0, 1))
    reads, writes, delays, asynchronous, synchronous = [], [], [], [], []
    tags = [{"TagKey": "keytide:synchronous", "TagValue": "1"}]
    for number in range(rounds):
        key_id = near.call("CreateKey", MultiRegion=True)["KeyMetadata"]["KeyId"]
        reads.append(_timed(lambda key_id=key_id: near.call("DescribeKey", KeyId=key_id)))  # type: ignore[misc]
        change = {"KeyId": key_id, "Description": f"round {number}"}
        writes.append(_timed(lambda change=change: near.call("UpdateKeyDescription", **change)))  # type: ignore[misc]
        near.call("ReplicateKey", KeyId=key_id, ReplicaRegion=REGIONS[1])
        delays.append(_usable_after(far, key_id))
        asynchronous.append(_timed(lambda: near.call("CreateKey", MultiRegion=True)))
        synchronous.append(_timed(lambda: near.call("CreateKey", MultiRegion=True, Tags=tags)))
    return Measured(*map(spread, (reads, writes, delays, asynchronous, synchronous)))


def run(rounds: int, logs: Sequence[str]) -> None:
    """Measure and print; `logs`: "embedded", "kafka" or both."""
    for log in logs:
        with regions(*(["--kafka"] if log == "kafka" else [])) as running:
            read, write, delay, asynchronous, synchronous = _measure(running, rounds)
        print(f"replication: {rounds} rounds on the {log} log, three regions on {os.cpu_count()} cores")
        print(f"  lifecycle write    p50 {write.median:7.2f} ms   p99 {write.p99:7.2f} ms")
        print(f"  read, baseline     p50 {read.median:7.2f} ms   p99 {read.p99:7.2f} ms")
        print(f"  ratio              p50 {write.median / read.median:7.2f}      p99 {write.p99 / read.p99:7.2f}")
        print(f"  CreateKey          p50 {asynchronous.median:7.2f} ms   p99 {asynchronous.p99:7.2f} ms")
        print(f"  synchronous        p50 {synchronous.median:7.2f} ms   p99 {synchronous.p99:7.2f} ms")
        print(f"  replication delay  p50 {delay.median:7.2f} ms   p99 {delay.p99:7.2f} ms")
