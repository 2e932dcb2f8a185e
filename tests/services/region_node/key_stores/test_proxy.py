"""What is spoken with a proxy of external key stores, and every way in which one may fail."""

import asyncio
import base64
import hashlib
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.region_node.key_stores.causes import Cause, OutsideFailed
from services.region_node.key_stores.https_connections import MOST_IN_FLIGHT, HttpsConnections
from services.region_node.key_stores.messages import Told
from services.region_node.key_stores.proxy import ExternalKeyStore
from services.region_node.key_stores.proxy_causes import (
    MALFORMED,
    NO_CONNECTION,
    NO_TLS,
    PROXY_ERRORS,
    TIMED_OUT,
    UNHEALTHY,
)
from services.region_node.key_stores.proxy_signing import Credential
from shared.crypto.store_blob import ForeignCiphertext
from shared.errors import Throttled
from shared.key_stores.errors import ExternalKeyInvalid
from shared.secrets import Secret
from tests.authority import Authority
from tests.xks.proxy import Answer, Asked, XksProxy

HOST = "proxy.example.com"
REGION = "us-east-1"
ACCESS_KEY_ID = "ABCDEFGHIJKLMNOPQRST"
SECRET = "FYtE5EFA5FT0mCc3DrGUe2sti527BitkQ0Zr9MO9fvE"
TOLD = Told("arn:aws:iam::111122223333:user/alice", "Encrypt", "4112f4d6", "arn:aws:kms:us-east-1:111122223333:key/x")
BOUND = b"bound"
PATIENT_SECONDS = 10.0


def now() -> int:
    return time.time_ns() // 1_000_000


class Pair:
    """A proxy, and what speaks with it."""

    def __init__(self, folder: Path) -> None:
        self.authority = Authority(folder)
        self.proxy = XksProxy(HOST, ACCESS_KEY_ID, SECRET, REGION)
        self.proxy.add_key("key-1")
        self._connections: list[HttpsConnections] = []

    async def start(self, **server: Any) -> None:
        self.address = await self.proxy.start(self.authority.server(server.pop("host", HOST), **server))

    def store(
        self, *, seconds: float = PATIENT_SECONDS, secret: str = SECRET, path: str = "/kms/xks/v1"
    ) -> ExternalKeyStore:
        host, port = self.address.split(":")
        connections = HttpsConnections(HOST, (host, int(port)), self.authority.file, seconds)
        self._connections.append(connections)
        return ExternalKeyStore(connections, path, Credential(ACCESS_KEY_ID, Secret(secret.encode())), REGION, now)

    async def close(self) -> None:
        for connections in self._connections:
            connections.close()
        await self.proxy.close()


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    made = Pair(tmp_path)
    await made.start()
    yield made
    await made.close()


async def cause_of(store: ExternalKeyStore, call: str = "connect") -> Cause:
    with pytest.raises(OutsideFailed) as caught:
        await CALLS[call](store)
    return caught.value.cause


MADE = ForeignCiphertext(b"v" * 12, b"t" * 16, b"ciphertext")
CALLS: Any = {
    "connect": lambda store: store.connect(TOLD),
    "require_key": lambda store: store.require_key("key-1", TOLD),
    "encrypt": lambda store: store.encrypt("key-1", b"plaintext", BOUND, TOLD),
    "decrypt": lambda store: store.decrypt("key-1", MADE, BOUND, TOLD),
}


@pytest.mark.parametrize("metadata", [b"", b"m", b"m" * 20])
@pytest.mark.parametrize("vector_length", [12, 16])
@pytest.mark.parametrize("length", [1, 4248])
async def test_what_was_encrypted_is_decrypted(pair: Pair, metadata: bytes, vector_length: int, length: int) -> None:
    pair.proxy.metadata, pair.proxy.vector_length = metadata, vector_length
    store, plaintext = pair.store(), bytes(length)
    made = await store.encrypt("key-1", plaintext, BOUND, TOLD)
    assert (made.metadata, len(made.initialization_vector)) == (metadata, vector_length)
    assert await store.decrypt("key-1", made, BOUND, TOLD) == plaintext
    with pytest.raises(OutsideFailed) as caught:
        await store.decrypt("key-1", made, b"other", TOLD)
    assert caught.value.cause == PROXY_ERRORS["InvalidCiphertextException"]


async def test_a_connection_is_kept_and_replaced_when_it_was_closed(pair: Pair) -> None:
    store = pair.store()
    for _ in range(3):
        await store.connect(TOLD)
    assert pair.proxy.connections == 1
    pair.proxy.hang_up = True
    await store.connect(TOLD)
    assert pair.proxy.connections == 2


async def test_the_proxy_is_told_on_whose_behalf(pair: Pair) -> None:
    store = pair.store()
    await store.encrypt("key-1", b"plaintext", BOUND, TOLD)
    await store.connect(TOLD)
    metadata, health = (asked.document["requestMetadata"] for asked in pair.proxy.asked)
    assert metadata == {
        "awsPrincipalArn": TOLD.principal_arn,
        "kmsOperation": "Encrypt",
        "kmsRequestId": "4112f4d6",
        "kmsKeyArn": TOLD.key_arn,
    }
    assert health == {"kmsOperation": "Encrypt", "kmsRequestId": "4112f4d6"}


async def test_another_secret_does_not_authenticate(pair: Pair) -> None:
    cause = await cause_of(pair.store(secret="x" * 43))
    assert cause == PROXY_ERRORS["AuthenticationFailedException"]


async def test_another_path_is_not_known(pair: Pair) -> None:
    assert await cause_of(pair.store(path="/other/kms/xks/v1")) == PROXY_ERRORS["InvalidUriPathException"]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda proxy: proxy.specs.update({"key-1": "RSA_2048"}), "specified external key is RSA_2048"),
        (lambda proxy: proxy.disabled.add("key-1"), "specified external key is DISABLED"),
        (lambda proxy: proxy.usages.update({"key-1": ["ENCRYPT"]}), "specified external key is ENCRYPT"),
    ],
)
async def test_an_external_key_that_does_not_do_is_refused(pair: Pair, change: Any, text: str) -> None:
    await pair.store().require_key("key-1", TOLD)
    change(pair.proxy)
    with pytest.raises(ExternalKeyInvalid, match=text):
        await pair.store().require_key("key-1", TOLD)


@pytest.mark.parametrize("health", [["UNAVAILABLE"], ["UNAVAILABLE", "UNAVAILABLE"]])
async def test_a_proxy_without_a_key_manager_is_unhealthy(pair: Pair, health: list[str]) -> None:
    pair.proxy.health = health
    assert await cause_of(pair.store()) == UNHEALTHY
    pair.proxy.health = ["UNAVAILABLE", "DEGRADED"]
    await pair.store().connect(TOLD)


@pytest.mark.parametrize("name", PROXY_ERRORS)
@pytest.mark.parametrize("call", CALLS)
async def test_every_error_of_the_specification_is_known(pair: Pair, name: str, call: str) -> None:
    answer = json.dumps({"errorName": name, "errorMessage": "TEXT OF THE PROXY"}).encode()
    pair.proxy.instead = lambda _asked: _answered(500, answer)
    cause = await cause_of(pair.store(), call)
    assert cause == PROXY_ERRORS[name]
    assert "TEXT OF THE PROXY" not in str(cause)


GOOD_HEALTH: dict[str, Any] = {
    "xksProxyFleetSize": 1,
    "xksProxyVendor": "v",
    "xksProxyModel": "m",
    "ekmVendor": "e",
    "ekmFleetDetails": [{"id": "1", "model": "m", "healthStatus": "ACTIVE"}],
}
GOOD_KEY: dict[str, Any] = {"keySpec": "AES_256", "keyUsage": ["ENCRYPT", "DECRYPT"], "keyStatus": "ENABLED"}


def encrypted(**changes: Any) -> dict[str, Any]:
    """A right answer to the call `encrypt` of `CALLS`, but for `changes`; a member that is None is left out."""
    vector, ciphertext, tag, metadata = b"v" * 12, b"c" * len(b"plaintext"), b"t" * 16, b"m"
    members: dict[str, Any] = {
        "ciphertext": ciphertext,
        "initializationVector": vector,
        "authenticationTag": tag,
        "ciphertextMetadata": metadata,
        **{name: value for name, value in changes.items() if name != "ciphertextDataIntegrityValue"},
    }
    parts = [
        members[name] for name in ("ciphertextMetadata", "initializationVector", "ciphertext", "authenticationTag")
    ]
    if all(isinstance(part, bytes) for part in parts):
        members["ciphertextDataIntegrityValue"] = hashlib.sha256(BOUND + b"".join(parts)).digest()
    members |= {name: changes[name] for name in changes if name == "ciphertextDataIntegrityValue"}
    kept = {name: value for name, value in members.items() if value is not None}
    return {
        name: base64.b64encode(value).decode() if isinstance(value, bytes) else value for name, value in kept.items()
    }


SPOILED_ENCRYPTIONS: list[dict[str, Any]] = [
    {"ciphertext": b"c" * 8},
    {"ciphertext": b"c" * 10},
    {"ciphertext": "not base64!"},
    {"initializationVector": b"v" * 13},
    {"initializationVector": None},
    {"authenticationTag": b"t" * 15},
    {"ciphertextMetadata": b"m" * 21},
    {"ciphertextMetadata": 1},
    {"ciphertextDataIntegrityValue": None},
    {"ciphertextDataIntegrityValue": bytes(32)},
]
SPOILED_HEALTH: list[dict[str, Any]] = [
    {"xksProxyFleetSize": 0},
    {"xksProxyFleetSize": True},
    {"xksProxyFleetSize": "1"},
    {"xksProxyVendor": None},
    {"ekmVendor": 1},
    {"ekmFleetDetails": []},
    {"ekmFleetDetails": [1]},
    {"ekmFleetDetails": [{"id": "1", "model": "m", "healthStatus": "ACTIVE"}] * 11},
    {"ekmFleetDetails": [{"id": "1", "model": "m", "healthStatus": "FINE"}]},
    {"ekmFleetDetails": [{"id": "1", "healthStatus": "ACTIVE"}]},
    {"ekmFleetDetails": [{"id": "1", "model": "m", "healthStatus": ["ACTIVE"]}]},
]
SPOILED_KEYS: list[dict[str, Any]] = [
    {"keySpec": None},
    {"keySpec": "x" * 65},
    {"keySpec": "<script>"},
    {"keyUsage": "ENCRYPT"},
    {"keyUsage": [1]},
    {"keyUsage": ["ENCRYPT"] * 11},
    {"keyStatus": "enabled"},
]
MALFORMED_ANSWERS: list[tuple[str, bytes]] = [
    *((call, body) for call in CALLS for body in (b"", b"[]", b"nonsense", b"null", b"{}", b'"x"', b"\xff")),
    *(("connect", json.dumps(GOOD_HEALTH | change).encode()) for change in SPOILED_HEALTH),
    *(("require_key", json.dumps(GOOD_KEY | change).encode()) for change in SPOILED_KEYS),
    *(("encrypt", json.dumps(encrypted(**change)).encode()) for change in SPOILED_ENCRYPTIONS),
    *(("decrypt", json.dumps(document).encode()) for document in (
        {"plaintext": "YWJj"},
        {"plaintext": None},
        {"plaintext": "YWJjZGVmZ2hpag"},
        {"plaintext": ["YWJjZGVmZ2hpag=="]},
    )),
]  # fmt: skip


async def _answered(status: int, body: bytes) -> Answer | None:
    return status, body


@pytest.mark.parametrize(("call", "body"), MALFORMED_ANSWERS)
async def test_a_malformed_answer_is_refused_as_a_whole(pair: Pair, call: str, body: bytes) -> None:
    pair.proxy.instead = lambda _asked: _answered(200, body)
    assert await cause_of(pair.store(), call) == MALFORMED


@pytest.mark.parametrize(
    ("call", "document", "got"),
    [
        ("connect", GOOD_HEALTH, None),
        ("require_key", GOOD_KEY, None),
        ("encrypt", encrypted(), ForeignCiphertext(b"v" * 12, b"t" * 16, b"c" * len(b"plaintext"), b"m")),
        ("decrypt", {"plaintext": "YWJjZGVmZ2hpag=="}, b"abcdefghij"),
    ],
)
async def test_the_answers_that_were_spoiled_are_right_otherwise(
    pair: Pair, call: str, document: Any, got: object
) -> None:
    pair.proxy.instead = lambda _asked: _answered(200, json.dumps(document).encode())
    assert await CALLS[call](pair.store()) == got


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b""),
        (500, b"<html>"),
        (400, b'{"errorName":"SurpriseException"}'),
        (400, b'{"errorName":["ValidationException"]}'),
        (302, b"{}"),
        (204, b""),
    ],
)
async def test_a_refusal_that_nobody_knows_is_malformed(pair: Pair, status: int, body: bytes) -> None:
    pair.proxy.instead = lambda _asked: _answered(status, body)
    assert await cause_of(pair.store()) == MALFORMED


async def test_an_answer_without_end_is_cut_off(pair: Pair) -> None:
    pair.proxy.instead = lambda _asked: _answered(200, b" " * 1_000_000)
    assert await cause_of(pair.store()) == MALFORMED


async def test_a_slow_proxy_runs_out_of_time(pair: Pair) -> None:
    released = asyncio.Event()

    async def wait(_asked: Asked) -> Answer | None:
        await released.wait()
        return None

    pair.proxy.instead = wait
    assert await cause_of(pair.store(seconds=0.05)) == TIMED_OUT
    released.set()


async def test_a_proxy_that_hangs_up_cannot_be_talked_to(pair: Pair) -> None:
    async def hang_up(_asked: Asked) -> Answer | None:
        return None

    pair.proxy.instead = hang_up
    assert await cause_of(pair.store()) == NO_CONNECTION


async def test_a_proxy_that_is_gone_cannot_be_reached(pair: Pair) -> None:
    await pair.proxy.close()
    assert await cause_of(pair.store()) == NO_CONNECTION


@pytest.mark.parametrize("server", [{"host": "other.example.com"}, {"expired": True}])
async def test_a_certificate_that_does_not_prove_the_host_is_refused(tmp_path: Path, server: dict[str, Any]) -> None:
    pair = Pair(tmp_path)
    await pair.start(**server)
    assert await cause_of(pair.store()) == NO_TLS
    await pair.close()


async def test_a_certificate_of_another_authority_is_refused(pair: Pair, tmp_path: Path) -> None:
    (tmp_path / "another").mkdir()
    pair.authority = Authority(tmp_path / "another")
    assert await cause_of(pair.store()) == NO_TLS


async def test_a_proxy_without_tls_is_refused(pair: Pair) -> None:
    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        pair.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        assert await cause_of(pair.store()) == NO_TLS


async def test_too_much_at_once_is_throttled(pair: Pair) -> None:
    released = asyncio.Event()

    async def wait(_asked: Asked) -> Answer | None:
        await released.wait()
        return 200, json.dumps(GOOD_HEALTH).encode()

    pair.proxy.instead = wait
    store = pair.store()
    asking = [asyncio.create_task(store.connect(TOLD)) for _ in range(MOST_IN_FLIGHT)]
    await asyncio.sleep(0)
    with pytest.raises(Throttled):
        await store.connect(TOLD)
    released.set()
    await asyncio.gather(*asking)
