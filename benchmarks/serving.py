"""How many signed Encrypt calls a region answers with one worker and with two, against a bare route in the same server.

Owns the benchmark `serving`: 32 bytes, over the connections of `throwing.py`.
"""

import base64
import os
from collections.abc import Iterator

from benchmarks.region_client import RegionClient
from benchmarks.running import REGIONS, Running, regions
from benchmarks.throwing import (
    CONNECTIONS,
    bare_server,
    show,
    signed,
    throw_at_bare_route,
    throw_at_keytide,
    wrk_is_missing,
)

REQUESTS = 20_000
PLAINTEXT_BYTES = 32


def run(seconds: int) -> None:
    """Measure and print."""
    if wrk_is_missing("serving"):
        return
    for workers in (1, 2):
        with regions("--regions", REGIONS[0], "--workers", str(workers)) as running:
            requests = signed(running, "Encrypt", bodies(running))
            served = throw_at_keytide(running, requests, seconds)
        with bare_server(workers) as port:
            bare = throw_at_bare_route(port, requests, seconds)
        print(f"serving: Encrypt, {PLAINTEXT_BYTES} bytes, {CONNECTIONS} connections, {workers} worker(s), {seconds} s")
        show("keytide", served)
        show("bare route", bare)
        print(f"  ratio      {served.rate / bare.rate:8.2f}")


def bodies(running: Running) -> Iterator[str]:
    """Encrypt requests with a key of their own."""
    client = RegionClient(running.port + 1, REGIONS[0], running.credentials)
    key_id = client.call("CreateKey")["KeyMetadata"]["KeyId"]
    for _ in range(REQUESTS):
        plaintext = base64.b64encode(os.urandom(PLAINTEXT_BYTES)).decode()
        yield f'{{"KeyId":"{key_id}","Plaintext":"{plaintext}"}}'
