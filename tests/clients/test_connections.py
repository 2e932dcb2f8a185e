"""Raw bytes on kept connections, straight to a region and through the front door: one answer a request, in its turn."""

import json
import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.running import Running

REGION = "us-east-1"
STRANGER = Credentials("AKIAXXXXXXXXXXXXXXXX", "nope")
SILENCE_SECONDS = 0.3
"""So long a connection is watched for what nobody asked for."""


def request(run: Running, port: int, operation: str, body: bytes, who: Credentials | None = None) -> bytes:
    """The bytes of a signed request, keep-alive."""
    host = f"127.0.0.1:{port}"
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"TrentService.{operation}"}
    signed = AWSRequest("POST", f"http://{host}/", data=body, headers={"Host": host, **headers})
    kept = run.credentials
    who = who or Credentials(kept.access_key_id, kept.secret.reveal().decode())
    SigV4Auth(who, "kms", REGION).add_auth(signed)
    lines = [f"{name}: {value}" for name, value in signed.headers.items()]
    head = "\r\n".join(["POST / HTTP/1.1", *lines, f"Content-Length: {len(body)}"])
    return head.encode() + b"\r\n\r\n" + body


class Kept:
    """One connection that is kept."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._read = b""

    def __enter__(self) -> "Kept":
        return self

    def __exit__(self, *_fault: object) -> None:
        self._socket.close()

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def answer(self) -> tuple[int, dict[str, Any]]:
        head = self._until(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        assert length is not None
        while len(self._read) < int(length[1]):
            self._more()
        body, self._read = self._read[: int(length[1])], self._read[int(length[1]) :]
        return int(head.split(b" ")[1]), json.loads(body)

    def unasked(self) -> bytes:
        """What else the other side says."""
        self._socket.settimeout(SILENCE_SECONDS)
        try:
            return self._read + self._socket.recv(65_536)
        except TimeoutError:
            return self._read

    def _until(self, end: bytes) -> bytes:
        while end not in self._read:
            self._more()
        found, _, self._read = self._read.partition(end)
        return found

    def _more(self) -> None:
        data = self._socket.recv(65_536)
        assert data, f"closed after {self._read!r}"
        self._read += data


@pytest.fixture(params=["region", "front door"])
def kept(request: pytest.FixtureRequest, keytide: Running) -> Iterator[tuple[Kept, int]]:
    """A connection, and the port that it leads to."""
    port = keytide.port + (request.param == "region")
    with Kept(port) as connection:
        yield connection, port


def test_a_body_of_100_kilobytes_gets_one_answer(keytide: Running, kept: tuple[Kept, int]) -> None:
    connection, port = kept
    body = json.dumps({"NumberOfBytes": 5, "Ignored": "a" * 100_000}).encode()
    for _ in range(3):
        connection.send(request(keytide, port, "GenerateRandom", body))
        assert connection.answer()[0] == 200
    assert connection.unasked() == b""


def test_two_hundred_changes_in_one_write_are_all_done(keytide: Running, kept: tuple[Kept, int]) -> None:
    connection, port = kept
    one = request(keytide, port, "CreateKey", b'{"Description":"pipelined"}')
    connection.send(one * 200)
    answers = [connection.answer() for _ in range(200)]
    assert {status for status, _ in answers} == {200}
    assert len({answer["KeyMetadata"]["KeyId"] for _, answer in answers}) == 200
    assert connection.unasked() == b""


def test_a_stranger_cannot_spoil_the_answers_of_others(keytide: Running, kms: Any) -> None:
    evil = request(keytide, keytide.port, "GenerateRandom", b'{"Ignored":"' + b"a" * 100_000 + b'"}', STRANGER)
    with Kept(keytide.port) as stranger:
        for _ in range(30):
            stranger.send(evil)
            assert stranger.answer()[1]["__type"] == "UnrecognizedClientException"
            assert len(kms.generate_random(NumberOfBytes=4)["Plaintext"]) == 4


def test_a_body_too_large_is_refused_by_name_and_the_connection_ends(keytide: Running, kept: tuple[Kept, int]) -> None:
    connection, port = kept
    connection.send(request(keytide, port, "Encrypt", b"x" * 600_000))
    status, told = connection.answer()
    assert (status, told["__type"]) == (413, "RequestEntityTooLargeException")
