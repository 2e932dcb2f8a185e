"""How many signed Encrypt calls a worker answers whose every entry is durable first, against one that records nothing.

Owns the benchmark `audit`: two workers of the same region, alike but for that, over the connections of `throwing.py`.
Signatures are verified and policies evaluated in both. 0.60 is to be reached.
"""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from benchmarks.running import REGIONS, Running, regions
from benchmarks.serving import PLAINTEXT_BYTES, bodies
from benchmarks.throwing import (
    CONNECTIONS,
    Throughput,
    middle,
    show,
    signed,
    throw_at_worker,
    wait_for,
    wrk_is_missing,
)

ROUNDS = 7
TO_REACH = 0.60


def run(seconds: int) -> None:
    """Measure and print. Both are thrown at in turns, so that what else the machine does meets them alike."""
    if wrk_is_missing("audit"):
        return
    with (
        regions("--regions", REGIONS[0], "--workers", "1") as running,
        _worker(running, "audited") as audited,
        _worker(running, "unaudited") as unaudited,
    ):
        thrown = [(port, signed(running, "Encrypt", bodies(running), port)) for port in (audited, unaudited)]
        rounds = list[tuple[Throughput, Throughput]]()
        for _ in range(ROUNDS):
            first, second = (throw_at_worker(port, requests, seconds) for port, requests in thrown)
            rounds.append((first, second))
    print(f"audit: Encrypt, {PLAINTEXT_BYTES} bytes, {CONNECTIONS} connections, 1 worker")
    print(f"  medians of {ROUNDS} rounds of {seconds} s each, in turns")
    show("audited", middle([first for first, _ in rounds]))
    show("unaudited", middle([second for _, second in rounds]))
    ratios = sorted(first.rate / second.rate for first, second in rounds)
    print(f"  ratio      {median(ratios):8.2f}   ({ratios[0]:.2f} to {ratios[-1]:.2f}; to reach: {TO_REACH:.2f})")


@contextmanager
def _worker(running: Running, kind: str) -> Iterator[int]:
    """One more worker of the first region; gives its port."""
    port = _free_port()
    command = [sys.executable, "-m", "benchmarks.audit_worker", str(running.directory / REGIONS[0]), str(port), kind]
    process = subprocess.Popen(command)
    try:
        wait_for(port)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
