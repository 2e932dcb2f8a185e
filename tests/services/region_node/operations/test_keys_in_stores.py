"""Keys that lie in custom key stores: made, described, used, and what stands in the way."""

import base64
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.region_node.key_stores.causes import OutsideFailed
from services.region_node.key_stores.proxy_causes import (
    FOREIGN_CIPHERTEXT,
    MALFORMED,
    NO_CONNECTION,
    PROXY_ERRORS,
    PROXY_NOT_LISTED,
)
from services.region_node.key_stores.settings import OutsideMachines
from services.region_node.operations.request_quotas import KEY_STORE, REQUESTS_PER_SECOND
from services.region_node.requests.throttle import Throttle
from shared.errors import (
    AccessDenied,
    DryRunSucceeded,
    IncorrectKey,
    InternalFailure,
    InvalidCiphertext,
    InvalidKeyState,
    KeyDisabled,
    KeytideError,
    KeyUnavailable,
    LimitExceeded,
    Throttled,
    UnsupportedOperation,
    ValidationFailed,
)
from shared.key_stores.errors import (
    ExternalKeyInUse,
    ExternalKeyInvalid,
    ExternalKeyNotFound,
    KeyStoreInvalidState,
    KeyStoreNotFound,
)
from tests.services.region_node.operations.fake_region import ACCOUNT, OTHER_ACCOUNT, arn
from tests.services.region_node.operations.outside import ENDPOINT, Outside, outside
from tests.xks.proxy import Answer, Asked

__all__ = ["outside"]

TEXT = b"attack at dawn"
CONTEXT = {"purpose": "test", "größe": "1"}
KINDS: Mapping[str, Callable[[Outside], Awaitable[str]]] = {
    "EXTERNAL_KEY_STORE": lambda outside: outside.external_key(),
    "AWS_CLOUDHSM": lambda outside: outside.cluster_key(),
}
kinds = pytest.mark.parametrize("kind", KINDS)


def encoded(value: bytes) -> str:
    return base64.b64encode(value).decode()


async def encrypt(outside: Outside, key: str, plaintext: bytes = TEXT, context: Any = None) -> bytes:
    parameters = {} if context is None else {"EncryptionContext": context}
    answer = await outside.region.ask("Encrypt", KeyId=key, Plaintext=encoded(plaintext), **parameters)
    return bytes(answer.ciphertext_blob)


async def decrypt(outside: Outside, blob: bytes, context: Any = None, **parameters: Any) -> bytes:
    if context is not None:
        parameters["EncryptionContext"] = context
    answer = await outside.region.ask("Decrypt", CiphertextBlob=encoded(blob), **parameters)
    return bytes(answer.plaintext)


async def refusal(asked: Awaitable[Any]) -> KeytideError:
    with pytest.raises(KeytideError) as caught:
        await asked
    return caught.value


async def store_of(outside: Outside, key: str) -> str:
    return str((await outside.region.ask("DescribeKey", KeyId=key)).key_metadata.custom_key_store_id)


async def test_the_metadata_tell_of_the_external_key(outside: Outside) -> None:
    key = await outside.external_key()
    metadata = (await outside.region.ask("DescribeKey", KeyId=key)).key_metadata
    assert (metadata.origin, metadata.key_state, metadata.multi_region) == ("EXTERNAL_KEY_STORE", "Enabled", False)
    assert metadata.xks_key_configuration == ("external-1",)
    assert (metadata.cloud_hsm_cluster_id, metadata.current_key_material_id) == (None, None)


async def test_the_metadata_tell_of_the_cluster(outside: Outside) -> None:
    key = await outside.cluster_key()
    metadata = (await outside.region.ask("DescribeKey", KeyId=key)).key_metadata
    assert (metadata.origin, metadata.key_state) == ("AWS_CLOUDHSM", "Enabled")
    assert metadata.cloud_hsm_cluster_id == "cluster-2a23b4cdefg"
    assert (metadata.xks_key_configuration, metadata.current_key_material_id) == (None, None)


@kinds
@pytest.mark.parametrize("length", [1, 4096])
async def test_what_was_encrypted_is_decrypted_and_fits(outside: Outside, kind: str, length: int) -> None:
    key = await KINDS[kind](outside)
    outside.proxy.metadata, outside.proxy.vector_length = b"m" * 20, 16
    blob = await encrypt(outside, key, bytes(length), CONTEXT)
    assert len(blob) <= 6144
    assert await decrypt(outside, blob, CONTEXT) == bytes(length)
    assert await decrypt(outside, blob, CONTEXT, KeyId=key) == bytes(length)


@kinds
async def test_data_keys_come_with_and_without_their_plaintext(outside: Outside, kind: str) -> None:
    key = await KINDS[kind](outside)
    made = await outside.region.ask("GenerateDataKey", KeyId=key, KeySpec="AES_256")
    assert await decrypt(outside, made.ciphertext_blob) == made.plaintext
    sealed = await outside.region.ask("GenerateDataKeyWithoutPlaintext", KeyId=key, NumberOfBytes=24)
    assert len(await decrypt(outside, sealed.ciphertext_blob)) == 24


@kinds
async def test_calls_to_what_is_outside_are_counted(outside: Outside, kind: str) -> None:
    key = await KINDS[kind](outside)
    before = calls_to(outside, kind)
    await decrypt(outside, await encrypt(outside, key))
    assert calls_to(outside, kind) == before + 2


def calls_to(outside: Outside, kind: str) -> float:
    samples = outside.region.key_stores.calls.samples()
    counted = {one.labels: one.value for one in samples if one.family == "key_store_calls"}
    value = counted[(kind, "OK")]
    assert isinstance(value, int)
    return value


@kinds
async def test_reencryption_goes_into_the_store_and_out_of_it(outside: Outside, kind: str) -> None:
    inside, here = await KINDS[kind](outside), await outside.region.create_key()
    blob = await encrypt(outside, here)
    moved = await outside.region.ask("ReEncrypt", CiphertextBlob=encoded(blob), DestinationKeyId=inside)
    assert (moved.source_key_id, moved.key_id) == (arn(here), arn(inside))
    again = await outside.region.ask(
        "ReEncrypt", CiphertextBlob=encoded(moved.ciphertext_blob), DestinationKeyId=inside
    )
    back = await outside.region.ask("ReEncrypt", CiphertextBlob=encoded(again.ciphertext_blob), DestinationKeyId=here)
    assert await decrypt(outside, back.ciphertext_blob) == TEXT


@kinds
async def test_another_context_does_not_open(outside: Outside, kind: str) -> None:
    key = await KINDS[kind](outside)
    blob = await encrypt(outside, key, context=CONTEXT)
    for context in (None, {}, {"purpose": "Test", "größe": "1"}):
        refused = await refusal(decrypt(outside, blob, context))
        assert isinstance(refused, (InvalidCiphertext, InvalidKeyState))


@kinds
async def test_another_key_of_the_account_is_the_wrong_one(outside: Outside, kind: str) -> None:
    inside, here = await KINDS[kind](outside), await outside.region.create_key()
    assert type(await refusal(decrypt(outside, await encrypt(outside, inside), KeyId=here))) is IncorrectKey
    assert type(await refusal(decrypt(outside, await encrypt(outside, here), KeyId=inside))) is IncorrectKey


async def test_the_proxy_sees_neither_plaintext_nor_context(outside: Outside) -> None:
    key = await outside.external_key()
    await decrypt(outside, await encrypt(outside, key, TEXT, CONTEXT), CONTEXT)
    seen = [base64.b64decode(value) for asked in outside.proxy.asked for value in asked.document.values()
            if isinstance(value, str) and value not in ("AES_GCM", "SHA_256")]  # fmt: skip
    assert seen
    assert not [value for value in seen if TEXT in value or b"purpose" in value]
    metadata = outside.proxy.asked[-1].document["requestMetadata"]
    assert metadata["kmsKeyArn"] == arn(key)
    assert metadata["kmsOperation"] == "Decrypt"
    assert metadata["awsPrincipalArn"] == f"arn:aws:iam::{ACCOUNT}:user/alice"


async def test_a_proxy_that_gives_back_something_else_is_found_out(outside: Outside) -> None:
    """Both layers have to open: the external key alone proves nothing."""
    key = await outside.external_key()
    blob = await encrypt(outside, key)

    async def other_plaintext(asked: Asked) -> Answer | None:
        length = len(base64.b64decode(asked.document["ciphertext"]))
        return 200, json.dumps({"plaintext": encoded(bytes(length))}).encode()

    outside.proxy.instead = other_plaintext
    refused = await refusal(decrypt(outside, blob))
    assert (type(refused), refused.message) == (InvalidKeyState, FOREIGN_CIPHERTEXT.text)


async def test_two_kms_keys_over_one_external_key_do_not_open_each_others_blobs(outside: Outside) -> None:
    first = await outside.external_key()
    blob = await encrypt(outside, first)
    store = await store_of(outside, first)
    outside.proxy.add_key("external-2")
    outside.proxy.keys["external-2"] = outside.proxy.keys["external-1"]
    second = await outside.region.create_key(Origin="EXTERNAL_KEY_STORE", CustomKeyStoreId=store, XksKeyId="external-2")
    assert type(await refusal(decrypt(outside, blob, KeyId=second))) is IncorrectKey


@pytest.mark.parametrize("name", PROXY_ERRORS)
@pytest.mark.parametrize("operation", ["Encrypt", "Decrypt", "GenerateDataKey", "ReEncrypt"])
async def test_whatever_the_proxy_says_is_an_invalid_state_with_a_fixed_text(
    outside: Outside, operation: str, name: str
) -> None:
    key = await outside.external_key()
    blob = await encrypt(outside, key)
    requests: dict[str, dict[str, Any]] = {
        "Encrypt": {"KeyId": key, "Plaintext": encoded(TEXT)},
        "Decrypt": {"CiphertextBlob": encoded(blob)},
        "GenerateDataKey": {"KeyId": key, "KeySpec": "AES_256"},
        "ReEncrypt": {"CiphertextBlob": encoded(blob), "DestinationKeyId": key},
    }
    answer = json.dumps({"errorName": name, "errorMessage": "TEXT OF THE PROXY"}).encode()
    outside.proxy.instead = lambda _asked: answered(400, answer)
    refused = await refusal(outside.region.ask(operation, **requests[operation]))
    assert (type(refused), refused.message) == (InvalidKeyState, PROXY_ERRORS[name].text)


async def answered(status: int, body: bytes) -> Answer | None:
    return status, body


async def test_a_proxy_that_answers_nonsense_or_nothing_is_an_invalid_state(outside: Outside) -> None:
    key = await outside.external_key()
    outside.proxy.instead = lambda _asked: answered(200, b"nonsense")
    assert (await refusal(encrypt(outside, key))).message == MALFORMED.text
    await outside.proxy.close()
    assert (await refusal(encrypt(outside, key))).message == NO_CONNECTION.text


async def test_a_proxy_that_is_not_listed_any_more_is_not_asked(outside: Outside) -> None:
    key = await outside.external_key()
    outside.region.list_machines(OutsideMachines())
    count = len(outside.proxy.asked)
    assert (await refusal(encrypt(outside, key))).message == PROXY_NOT_LISTED.text
    assert len(outside.proxy.asked) == count


@kinds
async def test_a_dry_run_says_that_it_would_have_succeeded(outside: Outside, kind: str) -> None:
    key = await KINDS[kind](outside)
    blob = encoded(await encrypt(outside, key))
    requests: dict[str, dict[str, Any]] = {
        "Encrypt": {"KeyId": key, "Plaintext": encoded(TEXT)},
        "Decrypt": {"CiphertextBlob": blob},
        "GenerateDataKey": {"KeyId": key, "KeySpec": "AES_256"},
        "ReEncrypt": {"CiphertextBlob": blob, "DestinationKeyId": key},
    }
    for operation, parameters in requests.items():
        assert type(await refusal(outside.region.ask(operation, DryRun=True, **parameters))) is DryRunSucceeded


@kinds
async def test_keys_of_a_disconnected_store_are_unavailable_everywhere(outside: Outside, kind: str) -> None:
    key = await KINDS[kind](outside)
    blob, store = await encrypt(outside, key), await store_of(outside, key)
    await outside.region.ask("DisconnectCustomKeyStore", CustomKeyStoreId=store)
    metadata = (await outside.region.ask("DescribeKey", KeyId=key)).key_metadata
    assert (metadata.key_state, metadata.enabled) == ("Unavailable", False)
    for asked in (encrypt(outside, key), decrypt(outside, blob), decrypt(outside, blob, KeyId=key)):
        refused = await refusal(asked)
        assert (type(refused), refused.message) == (InvalidKeyState, f"{arn(key)} is unavailable.")
    await outside.region.ask("ConnectCustomKeyStore", CustomKeyStoreId=store)
    assert await decrypt(outside, blob) == TEXT


async def test_what_is_disabled_while_it_is_unavailable_is_disabled_afterwards(outside: Outside) -> None:
    key = await outside.external_key()
    store = await store_of(outside, key)
    await outside.region.ask("DisconnectCustomKeyStore", CustomKeyStoreId=store)
    await outside.region.ask("DisableKey", KeyId=key)
    assert (await outside.region.ask("DescribeKey", KeyId=key)).key_metadata.key_state == "Unavailable"
    await outside.region.ask("ConnectCustomKeyStore", CustomKeyStoreId=store)
    assert type(await refusal(encrypt(outside, key))) is KeyDisabled
    await outside.region.ask("DisconnectCustomKeyStore", CustomKeyStoreId=store)
    await outside.region.ask("EnableKey", KeyId=key)
    await outside.region.ask("ConnectCustomKeyStore", CustomKeyStoreId=store)
    assert await decrypt(outside, await encrypt(outside, key)) == TEXT


async def test_a_deletion_under_way_shows_while_the_store_is_disconnected(outside: Outside) -> None:
    key = await outside.external_key()
    store = await store_of(outside, key)
    await outside.region.ask("DisconnectCustomKeyStore", CustomKeyStoreId=store)
    await outside.region.ask("ScheduleKeyDeletion", KeyId=key)
    assert (await outside.region.ask("DescribeKey", KeyId=key)).key_metadata.key_state == "PendingDeletion"
    await outside.region.ask("CancelKeyDeletion", KeyId=key)
    assert (await outside.region.ask("DescribeKey", KeyId=key)).key_metadata.key_state == "Unavailable"


@kinds
@pytest.mark.parametrize("state", ["Enabled", "Disabled", "Unavailable"])
async def test_data_key_pairs_are_not_for_keys_in_stores(outside: Outside, kind: str, state: str) -> None:
    key = await KINDS[kind](outside)
    if state == "Disabled":
        await outside.region.ask("DisableKey", KeyId=key)
    if state == "Unavailable":
        await outside.region.ask("DisconnectCustomKeyStore", CustomKeyStoreId=await store_of(outside, key))
    for operation in ("GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"):
        refused = await refusal(outside.region.ask(operation, KeyId=key, KeyPairSpec="ECC_NIST_P256"))
        assert type(refused) is UnsupportedOperation


async def test_a_command_seen_before_makes_no_second_key(outside: Outside) -> None:
    store = await outside.connected_external()
    parameters = {"Origin": "EXTERNAL_KEY_STORE", "CustomKeyStoreId": store, "XksKeyId": "external-1"}
    first = await outside.region.ask("CreateKey", ACCOUNT, "command", **parameters)
    assert await outside.region.ask("CreateKey", ACCOUNT, "command", **parameters) == first


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"XksKeyId": None}, ValidationFailed),
        ({"Origin": None}, ValidationFailed),
        ({"Origin": "AWS_CLOUDHSM"}, ValidationFailed),
        ({"Origin": "AWS_CLOUDHSM", "XksKeyId": None}, UnsupportedOperation),
        ({"CustomKeyStoreId": None}, ValidationFailed),
        ({"CustomKeyStoreId": "cks-00000000000000000"}, KeyStoreNotFound),
        ({"MultiRegion": True}, UnsupportedOperation),
        ({"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"}, UnsupportedOperation),
        ({"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}, UnsupportedOperation),
        ({"XksKeyId": "unknown"}, ExternalKeyNotFound),
        ({"XksKeyId": "disabled"}, ExternalKeyInvalid),
        ({"XksKeyId": "used"}, ExternalKeyInUse),
        ({"Policy": "{}"}, KeytideError),
    ],
)
async def test_what_a_key_in_a_store_cannot_be_created_with(
    outside: Outside, change: dict[str, Any], error: type[KeytideError]
) -> None:
    for name in ("disabled", "used"):
        outside.proxy.add_key(name)
    outside.proxy.disabled.add("disabled")
    store = await outside.connected_external()
    good = {"Origin": "EXTERNAL_KEY_STORE", "CustomKeyStoreId": store}
    await outside.region.create_key(**good, XksKeyId="used")
    before = list(outside.region.appended)
    parameters = {
        name: value for name, value in {**good, "XksKeyId": "external-1", **change}.items() if value is not None
    }
    refused = await refusal(outside.region.ask("CreateKey", **parameters))
    assert isinstance(refused, error)
    assert outside.region.appended == before


ON_KEY: Mapping[str, type[KeytideError]] = {
    "InvalidStateException": ExternalKeyInvalid,
    "InvalidKeyUsageException": ExternalKeyInvalid,
    "KeyNotFoundException": ExternalKeyNotFound,
    "AccessDeniedException": InvalidKeyState,
    "UnsupportedOperationException": UnsupportedOperation,
}


@pytest.mark.parametrize("name", PROXY_ERRORS)
async def test_what_create_key_answers_for_each_refusal_of_the_proxy(outside: Outside, name: str) -> None:
    store = await outside.connected_external()
    outside.proxy.instead = lambda _asked: answered(400, f'{{"errorName":"{name}"}}'.encode())
    refused = await refusal(
        outside.region.create_key(Origin="EXTERNAL_KEY_STORE", CustomKeyStoreId=store, XksKeyId="external-1")
    )
    assert type(refused) is ON_KEY.get(name, KeyStoreInvalidState)


async def test_a_store_that_is_not_connected_takes_no_key(outside: Outside) -> None:
    store = await outside.connected_external()
    await outside.region.ask("DisconnectCustomKeyStore", CustomKeyStoreId=store)
    count = len(outside.proxy.asked)
    refused = await refusal(
        outside.region.create_key(Origin="EXTERNAL_KEY_STORE", CustomKeyStoreId=store, XksKeyId="external-1")
    )
    assert type(refused) is KeyStoreInvalidState
    assert len(outside.proxy.asked) == count


class Labels:
    """The keys that a cluster was asked to make and to destroy."""

    def __init__(self, outside: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: list[str] = []
        cluster_of = outside.region.key_stores.cluster
        made = self.made

        def noting(store: Any) -> Any:
            cluster = cluster_of(store)
            make = cluster.make_key

            async def make_key(label: str) -> None:
                made.append(label)
                await make(label)

            cluster.make_key = make_key  # type: ignore[method-assign]
            return cluster

        monkeypatch.setattr(outside.region.key_stores, "cluster", noting)


async def test_what_was_made_for_nothing_is_destroyed_again(outside: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
    store = await outside.connected_cluster()
    labels = Labels(outside, monkeypatch)
    region = outside.region
    view, key_store = region.view, region.view.key_store(ACCOUNT, store)
    assert key_store is not None
    call_of = region.call

    def disconnected_meanwhile(*asked: Any) -> Any:
        call = call_of(*asked)
        change = call.change

        async def after_a_disconnect(decide: Any, _owner: str = ACCOUNT, /) -> str:
            if labels.made:
                view.states[f"key-store/{ACCOUNT}/{store}"] = key_store._replace(connection_state="DISCONNECTED")
            return await change(decide)

        call.change = after_a_disconnect
        return call

    monkeypatch.setattr(region, "call", disconnected_meanwhile)
    refused = await refusal(region.create_key(Origin="AWS_CLOUDHSM", CustomKeyStoreId=store))
    assert type(refused) is KeyStoreInvalidState
    (label,) = labels.made
    with pytest.raises(OutsideFailed):
        await region.key_stores.cluster(key_store).encrypt(label, b"x", b"")


@pytest.mark.parametrize("error", [InternalFailure, KeyUnavailable])
async def test_what_may_have_been_recorded_is_not_destroyed(
    outside: Outside, monkeypatch: pytest.MonkeyPatch, error: type[KeytideError]
) -> None:
    store = await outside.connected_cluster()
    labels = Labels(outside, monkeypatch)
    region, call_of = outside.region, outside.region.call

    def silent_log(*asked: Any) -> Any:
        call = call_of(*asked)
        change = call.change

        async def unknown(decide: Any, _owner: str = ACCOUNT, /) -> str:
            if labels.made:
                raise error("unknown")
            return await change(decide)

        call.change = unknown
        return call

    monkeypatch.setattr(region, "call", silent_log)
    assert type(await refusal(region.create_key(Origin="AWS_CLOUDHSM", CustomKeyStoreId=store))) is error
    (label,) = labels.made
    key_store = region.view.key_store(ACCOUNT, store)
    assert key_store is not None
    assert await region.key_stores.cluster(key_store).encrypt(label, b"x", b"")


async def test_a_refused_key_asks_nothing_of_the_cluster(outside: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
    store = await outside.connected_cluster()
    labels = Labels(outside, monkeypatch)
    outside.region.quotas = outside.region.quotas._replace(keys_per_account=0)
    refused = await refusal(outside.region.create_key(Origin="AWS_CLOUDHSM", CustomKeyStoreId=store))
    assert type(refused) is LimitExceeded
    assert labels.made == []


async def test_random_bytes_come_from_a_cluster_alone(outside: Outside) -> None:
    external, cluster = await outside.connected_external(), await outside.connected_cluster()
    answer = await outside.region.ask("GenerateRandom", NumberOfBytes=1024, CustomKeyStoreId=cluster)
    assert len(answer.plaintext) == 1024
    refused = await refusal(outside.region.ask("GenerateRandom", NumberOfBytes=1, CustomKeyStoreId=external))
    assert type(refused) is UnsupportedOperation
    await outside.region.ask("DisconnectCustomKeyStore", CustomKeyStoreId=cluster)
    refused = await refusal(outside.region.ask("GenerateRandom", NumberOfBytes=1, CustomKeyStoreId=cluster))
    assert type(refused) is KeyStoreInvalidState


async def test_another_account_gets_no_random_bytes_from_the_cluster(outside: Outside) -> None:
    cluster = await outside.connected_cluster()
    with pytest.raises(KeyStoreNotFound):
        await outside.region.ask("GenerateRandom", OTHER_ACCOUNT, NumberOfBytes=1, CustomKeyStoreId=cluster)


@kinds
async def test_a_blob_with_one_flipped_bit_does_not_open(outside: Outside, kind: str) -> None:
    """Behind the place of its key it is one and the same error, wherever the bit is."""
    key = await KINDS[kind](outside)
    blob = await encrypt(outside, key, context=CONTEXT)
    place, seen = 65, set()

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(bit=st.integers(0, len(blob) * 8 - 1))
    def positions(bit: int) -> None:
        chosen.add(bit)

    chosen: set[int] = {8 * offset for offset in range(len(blob))}
    positions()
    for bit in sorted(chosen):
        flipped = bytearray(blob)
        flipped[bit // 8] ^= 1 << bit % 8
        refused = await refusal(decrypt(outside, bytes(flipped), CONTEXT))
        if bit // 8 >= place + 2:
            seen.add((type(refused), refused.message))
        assert isinstance(refused, (InvalidCiphertext, InvalidKeyState, AccessDenied))
    assert len(seen) == 1
    assert ENDPOINT not in str(seen)


@kinds
async def test_a_store_takes_so_many_uses_in_a_time(outside: Outside, kind: str) -> None:
    """One, and the next after a quarter of an hour."""
    outside.region.throttle = Throttle({**REQUESTS_PER_SECOND, KEY_STORE: 1}, workers=1_000)
    outside.region.list_machines(OutsideMachines((outside.external,)))
    key = await KINDS[kind](outside)
    await encrypt(outside, key)
    assert isinstance(await refusal(encrypt(outside, key)), Throttled)
