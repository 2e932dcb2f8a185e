"""`keytide barrier`: wait until regions have adopted a change, and keep the receipt.

Owns the one request, signed with SigV4 like any other. The access key comes from the environment, or else from the
directory's credentials.
"""

import os
from argparse import Namespace
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import orjson
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import HTTPClientError
from botocore.httpsession import URLLib3Session

from replication.told_position import split_position
from services.cli.credentials import read_credentials
from services.cli.faults import CannotStart
from services.cli.region_state import nodes_in
from services.durable_file import replace_file

MARGIN_SECONDS = 10


def main(arguments: Namespace) -> int:
    """0: reached; 1: not. Errors: those of `services/cli/faults.py`."""
    region = _region_of(arguments.position)
    endpoint, credentials = _endpoint(arguments, region), _credentials(arguments.directory)
    answer = ask(endpoint, region, credentials, _body(arguments), arguments.timeout)
    for reached in answer["Regions"]:
        print(f"{reached['Region']} has adopted it within {reached['DelayMilliseconds']} ms")
    if arguments.file is None:
        print(answer["Receipt"])
    else:
        replace_file(arguments.file, answer["Receipt"].encode() + b"\n")
        print(f"the receipt is in {arguments.file}")
    return 0


def ask(
    endpoint: str, region: str, credentials: Credentials, body: Mapping[str, object], seconds: float
) -> dict[str, Any]:
    """Call Barrier. Errors: CannotStart with the text of the refusal."""
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "Keytide.Barrier"}
    request = AWSRequest("POST", endpoint + "/", headers, orjson.dumps(body))
    SigV4Auth(credentials, "kms", region).add_auth(request)
    try:
        response = URLLib3Session(timeout=seconds + MARGIN_SECONDS).send(request.prepare())
    except HTTPClientError as error:
        raise CannotStart(f"{endpoint} does not answer: {error}") from error
    answer: dict[str, Any] = orjson.loads(response.content)
    if response.status_code != HTTPStatus.OK:
        raise CannotStart(f"{answer['__type']}: {answer.get('message') or answer.get('Message')}")
    return answer


def _body(arguments: Namespace) -> dict[str, object]:
    body: dict[str, object] = {"Position": arguments.position, "TimeoutSeconds": arguments.timeout}
    return {**body, "Regions": arguments.regions.split(",")} if arguments.regions else body


def _region_of(position: str) -> str:
    try:
        return split_position(position)[0].region
    except ValueError as error:
        raise CannotStart(f"{position}: {error}; pass what the header x-keytide-position said") from None


def _endpoint(arguments: Namespace, region: str) -> str:
    if arguments.endpoint is not None:
        return str(arguments.endpoint).rstrip("/")
    return next(f"http://{settings.api}" for settings in nodes_in(arguments.directory, region))


def _credentials(directory: Path) -> Credentials:
    environment = os.environ
    if "AWS_ACCESS_KEY_ID" in environment and "AWS_SECRET_ACCESS_KEY" in environment:
        named = (environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
        return Credentials(*named, environment.get("AWS_SESSION_TOKEN"))
    kept = read_credentials(directory)
    if kept is None:
        raise CannotStart("no access key: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    return Credentials(kept.access_key_id, kept.secret.reveal().decode())
