"""One request of a command to a region's API, signed with SigV4 like any other.

Owns how it is sent and how a refusal reads. The access key comes from the environment, or else from the directory's
credentials.
"""

import os
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import HTTPClientError
from botocore.httpsession import URLLib3Session

from services.cli.credentials import read_credentials
from services.cli.faults import CannotStart

MARGIN_SECONDS = 10


class Asked(NamedTuple):
    """Which operation of which region, and where. `target`: the header `X-Amz-Target`."""

    endpoint: str
    region: str
    target: str


def ask(asked: Asked, credentials: Credentials, body: Mapping[str, object], seconds: float) -> dict[str, Any]:
    """The answer, for which the region may take some `seconds`. Errors: CannotStart with the text of the refusal."""
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": asked.target}
    request = AWSRequest("POST", asked.endpoint + "/", headers, orjson.dumps(body))
    SigV4Auth(credentials, "kms", asked.region).add_auth(request)
    try:
        response = URLLib3Session(timeout=seconds + MARGIN_SECONDS).send(request.prepare())
    except HTTPClientError as error:
        raise CannotStart(f"{asked.endpoint} does not answer: {error}") from error
    answer: dict[str, Any] = orjson.loads(response.content)
    if response.status_code != HTTPStatus.OK:
        raise CannotStart(f"{answer['__type']}: {answer.get('message') or answer.get('Message')}")
    return answer


def credentials_in(directory: Path) -> Credentials:
    """Errors: CannotStart where there is no access key."""
    environment = os.environ
    if "AWS_ACCESS_KEY_ID" in environment and "AWS_SECRET_ACCESS_KEY" in environment:
        named = (environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
        return Credentials(*named, environment.get("AWS_SESSION_TOKEN"))
    kept = read_credentials(directory)
    if kept is None:
        raise CannotStart("no access key: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    return Credentials(kept.access_key_id, kept.secret.reveal().decode())
