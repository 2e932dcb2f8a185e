"""A lean KMS client for measuring: botocore signs, one kept connection sends.

Owns nothing of the service: boto3 itself takes about a millisecond a call, more than what is measured here.
"""

import http.client
import json
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


class Refused(Exception):
    """The service's own error; `code` is AWS's."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class RegionClient:
    """One region, one connection."""

    def __init__(self, port: int, region: str, credentials: Credentials) -> None:
        self._host = f"127.0.0.1:{port}"
        self._auth = SigV4Auth(credentials, "kms", region)
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Errors: Refused."""
        body = json.dumps(parameters).encode()
        headers = {
            "Host": self._host,
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"TrentService.{operation}",
        }
        request = AWSRequest("POST", f"http://{self._host}/", data=body, headers=headers)
        self._auth.add_auth(request)
        self._connection.request("POST", "/", body, dict(request.headers.items()))
        response = self._connection.getresponse()
        answer = json.loads(response.read() or b"{}")
        if response.status != 200:
            raise Refused(answer.get("__type", "?"), answer.get("message") or answer.get("Message") or "")
        return answer  # type: ignore[no-any-return]
