"""Raw and wrong requests: each ends as an error in AWS's form, changes nothing, and leaves the node as it was."""

import json
import socket
from typing import Any

import pytest
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.running import Running

ENCRYPT = "TrentService.Encrypt"


def send(keytide: Running, body: bytes, target: str | None = ENCRYPT) -> tuple[int, dict[str, Any]]:
    """A signed request with any body at the region's own endpoint: status and answer."""
    url = keytide.endpoint("us-east-1") + "/"
    headers = {"Content-Type": "application/x-amz-json-1.1"}
    if target is not None:
        headers["X-Amz-Target"] = target
    request = AWSRequest("POST", url, data=body, headers=headers)
    kept = keytide.credentials
    SigV4Auth(Credentials(kept.access_key_id, kept.secret.reveal().decode()), "kms", "us-east-1").add_auth(request)
    answer = urllib3.request("POST", url, body=body, headers=dict(request.headers.items()), retries=False)
    return answer.status, json.loads(answer.data or b"{}")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "SerializationException"),
        (b"[]", "SerializationException"),
        (b'"text"', "SerializationException"),
        (b"\xff\xfe", "SerializationException"),
        (b'{"KeyId": NaN}', "SerializationException"),
        (b'{"KeyId": 1, "Plaintext": "AAAA"}', "SerializationException"),
        (b'{"KeyId": "a", "Plaintext": "not base64!"}', "SerializationException"),
        (b'{"KeyId": "a", "Plaintext": {"deep": 1}}', "SerializationException"),
        (b"[" * 5_000 + b"]" * 5_000, "SerializationException"),
        (b'{"a":' * 2_000 + b"1" + b"}" * 2_000, "SerializationException"),
        (b"{}", "ValidationException"),
        (b'{"KeyId": "", "Plaintext": "AAAA"}', "ValidationException"),
        (b'{"KeyId": "a", "Plaintext": ""}', "ValidationException"),
        (b'{"KeyId": "no such key", "Plaintext": "AAAA"}', "NotFoundException"),
    ],
)
def test_a_wrong_body_is_refused_by_name(keytide: Running, body: bytes, code: str) -> None:
    status, answer = send(keytide, body)
    assert (status, answer["__type"]) == (400, code)


@pytest.mark.parametrize("target", ["TrentService.Nothing", "Other.Encrypt", "Encrypt", None])
def test_an_unknown_target_is_an_unknown_operation(keytide: Running, target: str | None) -> None:
    status, answer = send(keytide, b"{}", target)
    assert (status, answer["__type"]) == (400, "UnknownOperationException")


def test_an_oversized_body_is_refused(keytide: Running) -> None:
    status, answer = send(keytide, b'{"KeyId": "' + b"a" * 600_000 + b'"}')
    assert (status, answer["__type"]) == (413, "RequestEntityTooLargeException")


@pytest.mark.parametrize("junk", [b"\x00" * 100, b"GET\r\n\r\n", b"POST / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00"])
def test_what_is_not_http_is_answered_and_closed(keytide: Running, junk: bytes) -> None:
    with socket.create_connection(("127.0.0.1", keytide.port + 1), timeout=10) as connection:
        connection.sendall(junk)
        connection.shutdown(socket.SHUT_WR)
        answered = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert answered == b"" or answered.startswith(b"HTTP/1.1 400 ")


def test_a_corrupt_blob_is_one_opaque_error(keytide: Running, kms: Any) -> None:
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = bytearray(kms.encrypt(KeyId=key_id, Plaintext=b"plain")["CiphertextBlob"])
    for place in (0, 50, len(blob) - 1):
        damaged = bytes(byte ^ (index == place) for index, byte in enumerate(blob))
        with pytest.raises(kms.exceptions.InvalidCiphertextException) as refused:
            kms.decrypt(KeyId=key_id, CiphertextBlob=damaged)
        assert refused.value.response["Error"]["Message"] == ""


def test_the_node_goes_on_after_all_of_it(kms: Any) -> None:
    assert len(kms.generate_random(NumberOfBytes=32)["Plaintext"]) == 32
