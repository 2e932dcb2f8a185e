"""How many signed Encrypt calls a region answers with one worker and with two, against a bare route in the same server.

Owns the benchmark `serving`: 32 bytes, over the connections of `throwing.py`.
"""

import base64
import os
from collections.abc import Iterator
from statistics import median

from benchmarks.region_client import RegionClient
from benchmarks.running import REGIONS, Running, regions
from benchmarks.throwing import (
    CONNECTIONS,
    bare_server,
    middle,
    show,
    signed,
    throw_at_bare_route,
    throw_at_keytide,
    wrk_is_missing,
)

REQUESTS = 20_000
ROUNDS = 7
PLAINTEXT_BYTES = 32


def run(seconds: int) -> None:
    """Measure and print. Both are thrown at in turns, so that what else the machine does meets them alike."""
    if wrk_is_missing("serving"):
        return
    for workers in (1, 2):
        options = ("--regions", REGIONS[0], "--workers", str(workers))
        with regions(*options) as running, bare_server(workers) as port:
            requests = signed(running, "Encrypt", bodies(running))
            rounds = [
                (throw_at_keytide(running, requests, seconds), throw_at_bare_route(port, requests, seconds))
                for _ in range(ROUNDS)
            ]
        print(f"serving: Encrypt, {PLAINTEXT_BYTES} bytes, {CONNECTIONS} connections, {workers} worker(s)")
        print(f"  medians of {ROUNDS} rounds of {seconds} s each, in turns")
        show("keytide", middle([served for served, _ in rounds]))
        show("bare route", middle([bare for _, bare in rounds]))
        ratios = sorted(served.rate / bare.rate for served, bare in rounds)
        print(f"  ratio      {median(ratios):8.2f}   ({ratios[0]:.2f} to {ratios[-1]:.2f})")


def bodies(running: Running) -> Iterator[str]:
    """Encrypt requests with a key of their own."""
    client = RegionClient(running.port + 1, REGIONS[0], running.credentials)
    key_id = client.call("CreateKey")["KeyMetadata"]["KeyId"]
    for _ in range(REQUESTS):
        plaintext = base64.b64encode(os.urandom(PLAINTEXT_BYTES)).decode()
        yield f'{{"KeyId":"{key_id}","Plaintext":"{plaintext}"}}'
