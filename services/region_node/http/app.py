"""What a worker serves beside the KMS API: health, readiness and metrics.

Owns that application, and the choice between it and the pipeline.
"""

from collections.abc import Callable

import orjson
from fastapi import FastAPI, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.exceptions import HTTPException

from services.region_node.http.asgi_bridge import ask
from services.region_node.requests.arrived import Answering, Arrived
from services.region_node.requests.request_id import RequestIds
from services.region_node.wire.json_protocol import CONTENT_TYPE
from services.region_node.worker.health import Health
from shared.errors import UnknownOperation

SHOWN_CHARACTERS = 200
"""Of a path that nothing answers."""


def make_app(region: str, health: Health) -> FastAPI:
    """The application: `GET` of /healthz, /readyz and /metrics; everything else is refused as AWS would."""
    app = FastAPI(title=f"Keytide {region}", openapi_url=None, docs_url=None, redoc_url=None)
    request_ids = RequestIds()

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "alive", "region": region}

    @app.get("/readyz")
    async def readyz(response: Response) -> dict[str, object]:
        ready, reason, troubles, peers = await health.readiness()
        told: dict[str, object] = {"status": "ready" if ready else "not ready", "region": region}
        if not ready:
            response.status_code = 503
            told["reason"] = reason
        if troubles:
            told["troubles"] = troubles
        if peers:
            told["peers"] = peers
        return told

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(await health.metrics(), headers={"content-type": CONTENT_TYPE_LATEST})

    @app.exception_handler(HTTPException)
    async def no_such_path(request: Request, refused: HTTPException) -> Response:
        message = (
            f"Nothing answers {request.method} {request.url.path[:SHOWN_CHARACTERS]} here; the KMS API is at POST /."
        )
        content = orjson.dumps({"__type": UnknownOperation.code, "message": message})
        headers = {"content-type": CONTENT_TYPE.decode(), "x-amzn-requestid": request_ids.fresh()}
        return Response(content, refused.status_code, headers)

    return app


def choose(kms: Callable[[Arrived], Answering], app: FastAPI) -> Callable[[Arrived], Answering]:
    """Requests of the API go to the one, `POST /` and what a presigned URL asks, `GET /?…`; all others to the other."""

    def answer(arrived: Arrived) -> Answering:
        if arrived.path == b"/" and (arrived.method == "POST" or (arrived.method == "GET" and arrived.query)):
            return kms(arrived)
        return ask(app, arrived)

    return answer
