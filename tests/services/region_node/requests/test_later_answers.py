"""Answers that come later: what a request holds while its handler waits, and what it leaves behind."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

import orjson
import pytest

from replication.state.served_state import ServedState
from replication.state.state_store import ADAPTER, BUILT, partition_prefix
from services.region_node.metrics import RequestCounts
from services.region_node.operations.table import OPERATIONS
from services.region_node.operations.types.cryptography import GenerateRandomResponse
from services.region_node.requests import routes as routes_module
from services.region_node.requests.arrived import Answered, Arrived
from services.region_node.requests.call import Call, Caller
from services.region_node.requests.pipeline import Pipeline
from services.region_node.requests.quotas import Quotas
from services.region_node.requests.routes import ROUTES
from services.region_node.worker.region import Region
from shared.errors import KeyDisabled
from tests.services.region_node.callers import user
from tests.services.region_node.counted_store import CountedStore
from tests.services.region_node.wire.signed_requests import NOW, REGION, sign

PARTITIONS = 4
TARGET = b"TrentService.GenerateRandom"
HEADERS = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": TARGET.decode()}
CALLER = user()


class AnyCaller:
    def authenticate(self, *_signed: object) -> Caller:
        return CALLER


class Site:
    """A pipeline with one operation, whose handler is the test's."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, handler: Callable[[Call, Any], object]) -> None:
        operation = OPERATIONS["GenerateRandom"]._replace(handler=handler, account_actions=())
        monkeypatch.setattr(routes_module, "ROUTES", {TARGET: ROUTES[TARGET]._replace(operation=operation)})
        self.store, self.counts = CountedStore(), RequestCounts()
        with self.store.write() as transaction:
            transaction.put(ADAPTER, BUILT, b"".join(map(partition_prefix, range(PARTITIONS))))
        others: Any = None
        region = Region(
            name=REGION,
            served=ServedState(PARTITIONS),
            quotas=Quotas(),
            throttle=None,
            attestation_rules=others,
            store=self.store,
            vault=others,
            threads=others,
            key_stores=others,
            authenticator=cast(Any, AnyCaller()),
            changing=others,
            grant_tokens=others,
            told=others,
            uses=others,
            sessions=others,
            identity_providers=others,
            now=lambda: NOW,
        )
        self._pipeline = Pipeline(region, self.counts)

    def answer(self) -> Answered | Awaitable[Answered]:
        sent = sign(b"{}", headers=HEADERS)
        return self._pipeline.answer(Arrived(*sent[:4], sent.body, "192.0.2.1"))

    @property
    def counted(self) -> list[tuple[object, ...]]:
        """Operation and code, and how many."""
        return [(*labels, value) for family, labels, value in self.counts.samples() if family == "requests"]


RESPONSE = GenerateRandomResponse(b"random", None)


async def test_a_handler_that_answers_at_once_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site(monkeypatch, lambda _call, _request: RESPONSE)
    answered = site.answer()
    assert isinstance(answered, Answered)
    assert (answered.status, orjson.loads(answered.body)) == (200, {"Plaintext": "cmFuZG9t"})
    assert (len(site.store.readings), site.store.held) == (1, 0)


async def test_the_snapshot_is_held_until_the_handler_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[int] = []
    goes_on = asyncio.Event()

    async def handler(call: Call, _request: object) -> GenerateRandomResponse:
        await goes_on.wait()
        held.append(site.store.held)
        assert call.view.key("111122223333", "absent") is None
        return RESPONSE

    site = Site(monkeypatch, handler)
    task = asyncio.ensure_future(cast(Awaitable[Answered], site.answer()))
    await asyncio.sleep(0)
    assert site.counted == []
    goes_on.set()
    answered = await task
    assert (answered.status, orjson.loads(answered.body)) == (200, {"Plaintext": "cmFuZG9t"})
    assert (held, site.store.held) == ([1], 0)
    assert site.counted == [("GenerateRandom", "OK", 1)]


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [(KeyDisabled("it is disabled."), 400, "DisabledException"), (ZeroDivisionError(), 500, "KMSInternalException")],
)
async def test_a_later_refusal_is_answered_and_releases_the_snapshot(
    monkeypatch: pytest.MonkeyPatch, fault: Exception, status: int, code: str
) -> None:
    async def handler(_call: Call, _request: object) -> GenerateRandomResponse:
        await asyncio.sleep(0)
        raise fault

    site = Site(monkeypatch, handler)
    answered = await cast(Awaitable[Answered], site.answer())
    assert (answered.status, orjson.loads(answered.body)["__type"]) == (status, code)
    assert site.store.held == 0
    assert site.counted == [("GenerateRandom", code, 1)]


async def test_a_cancelled_answer_releases_the_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    async def handler(_call: Call, _request: object) -> GenerateRandomResponse:
        await asyncio.Event().wait()
        return RESPONSE

    site = Site(monkeypatch, handler)
    task = asyncio.ensure_future(cast(Awaitable[Answered], site.answer()))
    await asyncio.sleep(0)
    assert site.store.held == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert site.store.held == 0
