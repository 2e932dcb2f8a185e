"""Requests that take long beside requests that do not, in one event loop: the light ones go on."""

import asyncio
import base64
import json
from collections.abc import Iterator
from importlib.util import find_spec
from inspect import isawaitable
from typing import Any, NamedTuple

import pytest

from services.region_node.requests.arrived import Answered, Arrived
from tests.services.region_node.serving import Serving, serving

TEXT = base64.b64encode(b"attack at dawn").decode()
BATCH = 40


class Heavy(NamedTuple):
    """A kind of heavy request. `source`: the operation whose answer fills its member in.

    `light_each`: how many light requests are answered meanwhile, at the least, for each of them. Where it is less than
    one the work is Python's own, whose lock changes hands every 5 ms.
    """

    operation: str
    spec: str
    usage: str
    asked: dict[str, Any]
    source: tuple[str, str] | None = None
    light_each: float = 1.0


_SIGNED_RSA = {"SigningAlgorithm": "RSASSA_PSS_SHA_512", "Message": TEXT}
_SIGNED_ML_DSA = {"SigningAlgorithm": "ML_DSA_SHAKE_256", "Message": TEXT}
_OAEP = {"EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
_SM2 = {"EncryptionAlgorithm": "SM2PKE"}
_needs_sm2 = pytest.mark.skipif(find_spec("gmssl_pyx") is None, reason="SM2 needs the packages of the extra sm2")
HEAVY = [
    Heavy("Sign", "RSA_4096", "SIGN_VERIFY", _SIGNED_RSA),
    Heavy("Decrypt", "RSA_4096", "ENCRYPT_DECRYPT", _OAEP, ("Encrypt", "CiphertextBlob")),
    Heavy("Sign", "ML_DSA_87", "SIGN_VERIFY", _SIGNED_ML_DSA),
    pytest.param(
        Heavy("Decrypt", "SM2", "ENCRYPT_DECRYPT", _SM2, ("Encrypt", "CiphertextBlob"), light_each=0.5),
        marks=_needs_sm2,
    ),
]


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as made:
        yield made


@pytest.fixture(scope="module")
def region(runner: asyncio.Runner) -> Iterator[Serving]:
    made = serving(runner)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def light(region: Serving) -> Arrived:
    return request(region, "Encrypt", KeyId=region.create_key(), Plaintext=TEXT)


def request(region: Serving, operation: str, **parameters: Any) -> Arrived:
    return region.request(operation, json.dumps(parameters).encode())


def heavy_request(region: Serving, heavy: Heavy) -> Arrived:
    asked = {"KeyId": region.create_key(KeySpec=heavy.spec, KeyUsage=heavy.usage), **heavy.asked}
    if heavy.source is not None:
        source, member = heavy.source
        asked[member] = region.ask(source, Plaintext=TEXT, **asked)[member]
    return request(region, heavy.operation, **asked)


async def answer_all(region: Serving, batch: list[Arrived]) -> list[Answered]:
    async def answer(arrived: Arrived) -> Answered:
        answering = region.answer(arrived)
        return await answering if isawaitable(answering) else answering

    return await asyncio.gather(*map(answer, batch))


async def answered_meanwhile(region: Serving, batch: list[Arrived], light: Arrived) -> int:
    """How many light requests are answered, one after the other, until the batch is. Each waits for its audit entry."""
    doing = asyncio.ensure_future(answer_all(region, batch))
    answered = 0
    while not doing.done():
        answering = region.answer(light)
        answer = await answering if isawaitable(answering) else answering
        assert answer.status == 200
        answered += 1
        await asyncio.sleep(0)
    assert {answer.status for answer in await doing} == {200}
    return answered


@pytest.mark.parametrize("heavy", HEAVY, ids=lambda heavy: f"{heavy.operation}-{heavy.spec}")
def test_light_requests_are_answered_during_every_heavy_one(
    runner: asyncio.Runner, region: Serving, light: Arrived, heavy: Heavy
) -> None:
    """Were the heavy ones done in the event loop, it would turn a few times for all of them."""
    batch = [heavy_request(region, heavy)] * BATCH
    assert runner.run(answered_meanwhile(region, batch, light)) > heavy.light_each * BATCH


@_needs_sm2
@pytest.mark.parametrize("usage", ["SIGN_VERIFY", "ENCRYPT_DECRYPT", "KEY_AGREEMENT"])
def test_the_public_halves_of_sm2_keys_are_not_found_in_the_event_loop(
    runner: asyncio.Runner, region: Serving, light: Arrived, usage: str
) -> None:
    """Each of another key, so that each is found."""
    keys = [region.create_key(KeySpec="SM2", KeyUsage=usage) for _ in range(BATCH // 4)]
    batch = [request(region, "GetPublicKey", KeyId=key) for key in keys]
    assert runner.run(answered_meanwhile(region, batch, light)) > len(batch) / 2
