"""Shapes against botocore: it writes the requests that are decoded here and reads the responses."""

import json
from typing import Annotated, Any, NamedTuple

import botocore.session
from botocore.parsers import JSONParser
from botocore.serialize import create_serializer

from services.region_node.wire.json_protocol import parse_body
from services.region_node.wire.shapes import Length, Sensitive, Timestamp, Wire, compile_request, compile_response


class EncryptRequest(NamedTuple):
    key_id: Annotated[str, Length(1, 2048)]
    plaintext: Annotated[bytes, Length(1, 4096), Sensitive()]
    encryption_context: dict[str, str] | None = None
    grant_tokens: Annotated[tuple[Annotated[str, Length(1, 8192)], ...], Length(0, 10)] = ()
    dry_run: bool = False


class KeyMetadata(NamedTuple):
    aws_account_id: Annotated[str, Wire("AWSAccountId")]
    key_id: str
    creation_date: Timestamp
    enabled: bool


class DescribeKeyResponse(NamedTuple):
    key_metadata: KeyMetadata


class EncryptResponse(NamedTuple):
    ciphertext_blob: bytes
    key_id: str


def operation(name: str) -> Any:
    return botocore.session.get_session().get_service_model("kms").operation_model(name)


def read_by_an_sdk(name: str, response: dict[str, object]) -> dict[str, Any]:
    sent = {"status_code": 200, "headers": {}, "body": json.dumps(response).encode()}
    return dict(JSONParser().parse(sent, operation(name).output_shape))


def test_a_request_that_botocore_wrote_is_decoded() -> None:
    given = {"KeyId": "alias/a", "Plaintext": b"\x00\xff", "EncryptionContext": {"a": "ä"}, "GrantTokens": ["t"]}
    serialized = create_serializer("json").serialize_to_request(given, operation("Encrypt"))
    decoded = compile_request(EncryptRequest)(parse_body(serialized["body"]))
    assert decoded == EncryptRequest("alias/a", b"\x00\xff", {"a": "ä"}, ("t",))


def test_botocore_reads_a_response() -> None:
    parsed = read_by_an_sdk("Encrypt", compile_response(EncryptResponse)(EncryptResponse(b"\x00\xff", "arn")))
    assert (parsed["CiphertextBlob"], parsed["KeyId"]) == (b"\x00\xff", "arn")


def test_botocore_reads_times_with_their_fractions() -> None:
    response = DescribeKeyResponse(KeyMetadata("111122223333", "id", 1767323045.123, True))
    metadata = read_by_an_sdk("DescribeKey", compile_response(DescribeKeyResponse)(response))["KeyMetadata"]
    assert metadata["AWSAccountId"] == "111122223333"
    assert round(metadata["CreationDate"].timestamp(), 3) == 1767323045.123
