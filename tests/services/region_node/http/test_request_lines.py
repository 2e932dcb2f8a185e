"""The log lines of requests: each bears its own request's id, however the request ends and whoever writes it."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from services.processes.log_lines import JsonLines
from services.region_node.requests.arrived import Answered, Arrived
from tests.services.region_node.serving_region import ServingRegion, request

log = logging.getLogger("services.region_node.anything")


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What a worker's log would hold."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLines())
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)


def ids_in(lines: io.StringIO) -> list[tuple[str, str]]:
    """Message and request id of every line."""
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    return [(line["message"], line.get("request_id", "")) for line in told]


def id_of(answered: Answered) -> str:
    return next(value.decode() for name, value in answered.headers if name.lower() == b"x-amzn-requestid")


async def test_every_line_of_a_failing_request_bears_its_id(
    lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    region = ServingRegion()

    def fails(*_: object) -> Any:
        log.warning("on the way")
        raise RuntimeError("a secret value")

    monkeypatch.setattr(region.pipeline._region.authenticator, "authenticate", fails)
    answered = region.pipeline.answer(Arrived(*request("ListKeys"), "127.0.0.1"))
    assert isinstance(answered, Answered)
    assert ids_in(lines) == [("on the way", id_of(answered)), ("unforeseen fault", id_of(answered))]
    assert "a secret value" not in lines.getvalue()


async def test_requests_that_are_under_way_at_once_keep_their_ids_apart(
    lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    region, goes_on = ServingRegion(), asyncio.Event()

    async def waits(*_: object) -> str:
        await goes_on.wait()
        log.warning("on the way")
        raise RuntimeError

    monkeypatch.setattr(region.pipeline._region.changing, "change", waits)
    tasks = []
    for _ in range(2):
        answering = region.pipeline.answer(Arrived(*request("CreateKey"), "127.0.0.1"))
        assert not isinstance(answering, Answered)
        tasks.append(asyncio.ensure_future(answering))
    await asyncio.sleep(0)
    goes_on.set()
    first, second = [id_of(answered) for answered in await asyncio.gather(*tasks)]
    assert first != second
    assert sorted(ids_in(lines)) == sorted(
        (message, each) for each in (first, second) for message in ("on the way", "unforeseen fault")
    )
