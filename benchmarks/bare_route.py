"""A bare ASGI application with a route for each of `BARE_CALLS`, at `/<operation>`."""

from typing import Any

import orjson

from benchmarks.bare_calls import BARE_CALLS

_ROUTES = {f"/{operation}": call.route for operation, call in BARE_CALLS.items()}
_START = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/x-amz-json-1.1")]}


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    body, more = b"", True
    while more:
        message = await receive()
        body += message["body"]
        more = message["more_body"]
    answer = _ROUTES[scope["path"]](orjson.loads(body))
    await send(_START)
    await send({"type": "http.response.body", "body": orjson.dumps(answer)})
