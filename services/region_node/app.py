"""What a worker serves beside the KMS API: health, readiness and metrics.

Owns that application, and the choice between it and the pipeline.
"""

from collections.abc import Callable

import orjson
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.region_node.asgi_bridge import ask
from services.region_node.exchange import Answering, Arrived
from services.region_node.health import Health
from services.region_node.request_id import RequestIds
from services.region_node.wire.json_protocol import CONTENT_TYPE
from shared.errors import UnknownOperation

SHOWN_CHARACTERS = 200
"""Of a path that nothing answers."""


def make_app(region: str, health: Health) -> Starlette:
    """The application: `GET` and `HEAD` of /healthz, /readyz and /metrics; everything else is refused as AWS would."""
    request_ids = RequestIds()

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "alive", "region": region})

    async def readyz(_request: Request) -> Response:
        ready, reason, troubles, peers = await health.readiness()
        told: dict[str, object] = {"status": "ready" if ready else "not ready", "region": region}
        if not ready:
            told["reason"] = reason
        if troubles:
            told["troubles"] = troubles
        if peers:
            told["peers"] = peers
        return JSONResponse(told, 200 if ready else 503)

    async def metrics(_request: Request) -> Response:
        return Response(await health.metrics(), headers={"content-type": CONTENT_TYPE_LATEST})

    async def no_such_path(request: Request, refused: Exception) -> Response:
        assert isinstance(refused, HTTPException)
        message = (
            f"Nothing answers {request.method} {request.url.path[:SHOWN_CHARACTERS]} here; the KMS API is at POST /."
        )
        content = orjson.dumps({"__type": UnknownOperation.code, "message": message})
        headers = {"content-type": CONTENT_TYPE.decode(), "x-amzn-requestid": request_ids.fresh()}
        return Response(content, refused.status_code, headers)

    answers = (("/healthz", healthz), ("/readyz", readyz), ("/metrics", metrics))
    routes = [Route(path, answer, methods=["GET"]) for path, answer in answers]
    return Starlette(routes=routes, exception_handlers={HTTPException: no_such_path})


def choose(kms: Callable[[Arrived], Answering], app: Starlette) -> Callable[[Arrived], Answering]:
    """Requests of the API go to the one, `POST /` and what a presigned URL asks, `GET /?…`; all others to the other."""

    def answer(arrived: Arrived) -> Answering:
        if arrived.path == b"/" and (arrived.method == "POST" or (arrived.method == "GET" and arrived.query)):
            return kms(arrived)
        return ask(app, arrived)

    return answer
