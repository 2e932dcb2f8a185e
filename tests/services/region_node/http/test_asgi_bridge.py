"""From a whole request into an ASGI application and back."""

import pytest
from fastapi import FastAPI, Request, Response

from services.region_node.http.asgi_bridge import ask
from services.region_node.requests.arrived import Arrived


def application() -> FastAPI:
    app = FastAPI()

    @app.post("/echo")
    async def echo(request: Request) -> Response:
        return Response(await request.body() + request.url.query.encode(), 202, {"x-kept": "1"})

    @app.get("/fails")
    async def fails() -> Response:
        raise RuntimeError("nobody foresaw it")

    return app


def arrived(method: str, path: bytes, body: bytes = b"") -> Arrived:
    return Arrived(method, path, b"a=1", [(b"Host", b"h")], body, "192.0.2.1")


async def test_request_and_answer_pass_whole() -> None:
    answered = await ask(application(), arrived("POST", b"/echo", b"body "))
    assert (answered.status, answered.body) == (202, b"body a=1")
    assert (b"x-kept", b"1") in answered.headers


async def test_a_failure_is_answered_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    assert await ask(application(), arrived("GET", b"/fails")) == (500, (), b"")
    assert [record.getMessage() for record in caplog.records] == ["unforeseen fault"]
