"""One client of one region: botocore signs, one kept connection sends, and every end is told apart.

Owns the verdict on an attempt: ok, refused (surely not carried out) or unknown. boto3 retries by itself and hides it.
"""

import http.client
import json
from typing import Any, NamedTuple

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from services.drill.calls import Outcome

LONGEST_SECONDS = 20.0
"""More than a worker waits for the log."""
SURELY_NOT_DONE = "DependencyTimeoutException"
"""The one server's fault that says so: see docs/operations.md."""


class Attempt(NamedTuple):
    """`code` is AWS's, or the name of what the connection has met; "" for a success."""

    outcome: Outcome
    code: str
    answer: dict[str, Any]


class Client:
    """For one thread at a time. `port` is on loopback; `node`: which of its region it reaches."""

    def __init__(self, port: int, region: str, credentials: Credentials, node: int = 1) -> None:
        self.node = node
        self._host = f"127.0.0.1:{port}"
        self._auth = SigV4Auth(credentials, "kms", region)
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST_SECONDS)

    def attempt(self, name: str, operation: str, parameters: dict[str, Any]) -> Attempt:
        """Send it once. `name` makes attempts of one call one command, and is found again in the record.

        Its bytes are sent and read as base64, as in the JSON of the API.
        """
        request = self._signed(name, operation, parameters)
        try:
            self._connection.connect()
        except OSError as error:
            return Attempt(Outcome.REFUSED, type(error).__name__, {})
        try:
            self._connection.request("POST", "/", request.data, dict(request.headers.items()))
            response = self._connection.getresponse()
            return judged(response.status, json.loads(response.read() or b"{}"))
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Attempt(Outcome.UNKNOWN, type(error).__name__, {})
        finally:
            self._connection.close()

    def _signed(self, name: str, operation: str, parameters: dict[str, Any]) -> AWSRequest:
        body = json.dumps(parameters).encode()
        headers = {
            "Host": self._host,
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"TrentService.{operation}",
            "User-Agent": name,
            "amz-sdk-invocation-id": name,
        }
        request = AWSRequest("POST", f"http://{self._host}/", data=body, headers=headers)
        self._auth.add_auth(request)
        return request


def judged(status: int, answer: dict[str, Any]) -> Attempt:
    """What an HTTP answer says of the call."""
    if status == http.HTTPStatus.OK:
        return Attempt(Outcome.OK, "", answer)
    code = str(answer.get("__type", status))
    surely = status < http.HTTPStatus.INTERNAL_SERVER_ERROR or code == SURELY_NOT_DONE
    return Attempt(Outcome.REFUSED if surely else Outcome.UNKNOWN, code, answer)
