"""What Keytide adds to a cryptographic operation: against the library's call in a loop, and against a bare route.

Owns the benchmark `operations`: for each case one region with one worker, distinct requests of 32-byte messages.
"""

import base64
import json
import os
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from benchmarks.bare_calls import BARE_CALLS
from benchmarks.region_client import RegionClient
from benchmarks.running import REGIONS, regions
from benchmarks.throwing import bare_server, show, signed, throw_at_bare_route, throw_at_keytide, wrk_is_missing

REQUESTS = 5_000
_SIGNING = {"SigningAlgorithm": "ECDSA_SHA_256"}
_DECRYPTING = {"EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}


class Case(NamedTuple):
    """`members(client, key_id)`: those of one more request that differ from those of any other."""

    operation: str
    title: str
    key: dict[str, str]
    common: dict[str, str]
    members: Callable[[RegionClient, str], Iterator[dict[str, str]]]


def run(seconds: int) -> None:
    """Measure and print."""
    if wrk_is_missing("operations"):
        return
    with regions("--regions", REGIONS[0], "--workers", "1") as running, bare_server(workers=1) as port:
        client = RegionClient(running.port + 1, REGIONS[0], running.credentials)
        for case in CASES:
            requests = signed(running, case.operation, _bodies(client, case))
            served = throw_at_keytide(running, requests, seconds)
            bare = throw_at_bare_route(port, requests, seconds)
            library = _rate(BARE_CALLS[case.operation].library)
            print(f"operations: {case.title}, 1 worker, {seconds} s")
            show("keytide", served)
            show("bare route", bare)
            print(f"  library    {library:8,.0f}/s")
            print(
                f"  ratio      {served.rate / bare.rate:8.2f} to the route, {served.rate / library:.2f} to the library"
            )


def _bodies(client: RegionClient, case: Case) -> Iterator[str]:
    key_id = client.call("CreateKey", **case.key)["KeyMetadata"]["KeyId"]
    members = case.members(client, key_id)
    for _ in range(REQUESTS):
        yield json.dumps({"KeyId": key_id, **case.common, **next(members)})


def _rate(call: Callable[[], object], seconds: float = 1.0) -> float:
    """Calls a second, one after the other."""
    began, count = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        for _ in range(50):
            call()
        count += 50
    return count / (time.perf_counter() - began)


def _encoded(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _messages(_client: RegionClient, _key_id: str) -> Iterator[dict[str, str]]:
    while True:
        yield {"Message": _encoded(os.urandom(32))}


def _signatures(client: RegionClient, key_id: str) -> Iterator[dict[str, str]]:
    for message in _messages(client, key_id):
        signature: dict[str, Any] = client.call("Sign", KeyId=key_id, **_SIGNING, **message)
        yield {**message, "Signature": signature["Signature"]}


def _ciphertexts(client: RegionClient, key_id: str) -> Iterator[dict[str, str]]:
    public = load_der_public_key(base64.b64decode(client.call("GetPublicKey", KeyId=key_id)["PublicKey"]))
    if not isinstance(public, rsa.RSAPublicKey):
        raise AssertionError("the key is not RSA")
    while True:
        blob = public.encrypt(os.urandom(32), padding.OAEP(padding.MGF1(SHA256()), SHA256(), None))
        yield {"CiphertextBlob": _encoded(blob)}


def _nothing_else(_client: RegionClient, _key_id: str) -> Iterator[dict[str, str]]:
    """A member that KMS does not know is not read; it makes the requests differ."""
    while True:
        yield {"Unread": _encoded(os.urandom(6))}


CASES = (
    Case("Sign", "Sign, P-256", {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}, _SIGNING, _messages),
    Case("Verify", "Verify, P-256", {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}, _SIGNING, _signatures),
    Case(
        "GenerateMac",
        "GenerateMac, SHA-256",
        {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"},
        {"MacAlgorithm": "HMAC_SHA_256"},
        _messages,
    ),
    Case(
        "Decrypt",
        "Decrypt, RSA-2048",
        {"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"},
        _DECRYPTING,
        _ciphertexts,
    ),
    Case("GenerateDataKey", "GenerateDataKey, AES-256", {}, {"KeySpec": "AES_256"}, _nothing_else),
)
