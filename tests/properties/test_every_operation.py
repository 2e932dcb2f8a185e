"""Thousands of requests an operation, from the service model and mutated: never a fault, never a hang, never a trace.

Every answer is one that the model allows, and every request is on record, without a secret in it. A refused request
leaves everything as it was: the log, what the fold has made of it, and when keys were last used.
`KEYTIDE_TEST_REQUESTS` sets how many requests each operation gets (`make robustness` sends thousands),
`KEYTIDE_TEST_SEED` what they follow from; both stand in the message of a failure.
"""

import asyncio
import os
import time
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from services.region_node.operations.table import OPERATIONS
from services.region_node.wire.json_protocol import parse_body
from shared.errors import SerializationFailed
from tests.properties.answers_of_the_model import faults_of
from tests.properties.inhabited_region import InhabitedRegion, inhabited_region
from tests.properties.requests_of_the_model import ODD_VALUES, Requests, body_of
from tests.properties.smaller import smallest
from tests.properties.told_in_entries import told_wrongly
from tests.services.region_node.serving import Serving

REQUESTS = int(os.environ.get("KEYTIDE_TEST_REQUESTS", "75"))
SEED = os.environ.get("KEYTIDE_TEST_SEED") or str(time.time_ns())
SHARES = {"GetParametersForImport": 0.2}
"""Operation -> the share of the requests that it gets: what it grants takes an RSA key, hundreds of times as long."""
ROUND = 250
"""Requests that change something wear a region out: after so many they get a fresh one."""
PATIENCE_SECONDS = 20.0
BODIES = 2_000


@pytest.fixture(scope="module")
def inhabited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InhabitedRegion]:
    with asyncio.Runner() as runner, inhabited_region(runner, tmp_path_factory.mktemp("inhabited")) as made:
        yield made


def faults(region: Serving, operation: str, request: Any) -> tuple[int, list[str]]:
    """The answer's status, and whatever should not have happened."""
    region.kept.encoded.clear()
    before, began = _trace(region), time.monotonic()
    status, body = region.send(operation, body_of(request))
    seconds = time.monotonic() - began
    found = [*faults_of(operation, status, body), *_faults_on_record(region, operation, request, status, body)]
    if seconds > PATIENCE_SECONDS:
        found.append(f"took {seconds} seconds")
    if status != 200 and _trace(region) != before:
        found.append("a refused request has changed something")
    return status, found


def _faults_on_record(region: Serving, operation: str, request: Any, status: int, body: bytes) -> list[str]:
    """One entry, or the record of a change, tells of each request; and never what is secret."""
    encoded = region.kept.encoded
    if len(encoded) != 1 and not (status == 200 and OPERATIONS[operation].changes and not encoded):
        return [f"{len(encoded)} entries tell of it"]
    told = [text for entry in encoded for text in told_wrongly(operation, request, body, entry)]
    return [f"its entry tells {text}" for text in told]


def _trace(region: Serving) -> Any:
    return region.sequences(), region.noted_uses()


@pytest.mark.timeout(120 + REQUESTS / 10)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_request_breaks_anything(operation: str, inhabited: InhabitedRegion) -> None:
    requests = Requests(operation, inhabited.known, Random(f"{SEED}/{operation}"))
    count = int(REQUESTS * SHARES.get(operation, 1))
    for begin in range(0, count, ROUND):
        with inhabited.opened() as region:
            digests = region.digests()
            for _ in range(min(ROUND, count - begin)):
                _ask(region, operation, requests)
            assert OPERATIONS[operation].changes or region.digests() == digests


def _ask(region: Serving, operation: str, requests: Requests) -> None:
    request = requests.make()
    status, found = faults(region, operation, request)
    if found:
        least = smallest(request, lambda smaller: bool(faults(region, operation, smaller)[1]))
        again = f"KEYTIDE_TEST_SEED={SEED} KEYTIDE_TEST_REQUESTS={REQUESTS}"
        pytest.fail(f"{operation} {least!r}: {faults(region, operation, least)[1] or found} ({again})")
    if status == 200:
        requests.was_granted(request)


def test_no_body_breaks_anything() -> None:
    """Bytes that are no JSON at all are refused alike by every operation: the decoder stands before all of them."""
    random = Random(SEED)
    for body in [*(random.randbytes(random.randrange(200)) for _ in range(BODIES)), *map(body_of, ODD_VALUES)]:
        try:
            parsed = parse_body(body)
        except SerializationFailed:
            continue
        assert isinstance(parsed, dict), SEED
