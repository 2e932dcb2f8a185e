"""Custom key stores: created, described, updated, connected, disconnected, deleted, and what each refuses."""

import json
from typing import Any

import pytest

from services.region_node.key_stores.causes import OutsideFailed
from services.region_node.key_stores.proxy_causes import PROXY_ERRORS
from services.region_node.key_stores.settings import ExternalKeyStoreSettings, OutsideMachines
from shared.errors import KeytideError, LimitExceeded, ValidationFailed
from shared.key_stores.errors import (
    ClusterInUse,
    ClusterNotFound,
    ClusterNotRelated,
    EndpointServiceNotFound,
    KeyStoreHasKeys,
    KeyStoreInvalidState,
    KeyStoreNameInUse,
    KeyStoreNotFound,
    ProxyConfigurationInvalid,
    ProxyCredentialIncorrect,
    ProxyEndpointInUse,
    ProxyResponseInvalid,
    ProxyUnreachable,
    ProxyUriInUse,
    TrustAnchorIncorrect,
)
from tests.authority import Authority
from tests.services.region_node.operations.fake_region import ACCOUNT, OTHER_ACCOUNT
from tests.services.region_node.operations.outside import (
    ACCESS_KEY_ID,
    CLUSTER,
    ENDPOINT,
    EXTERNAL,
    OTHER_CLUSTER,
    PATH,
    SECRET,
    SERVICE,
    Outside,
    outside,
)
from tests.softhsm import PASSWORD
from tests.xks.proxy import Answer, Asked

__all__ = ["outside"]

UNKNOWN = "cks-00000000000000000"


async def refusal(outside: Outside, operation: str, **parameters: Any) -> KeytideError:
    """What the region answers; it has appended nothing."""
    before = list(outside.region.appended)
    with pytest.raises(KeytideError) as caught:
        await outside.region.ask(operation, **parameters)
    assert outside.region.appended == before
    return caught.value


async def test_an_external_key_store_is_described_as_it_was_created(outside: Outside) -> None:
    store = await outside.create(**EXTERNAL)
    entry = await outside.described(store)
    assert (entry.custom_key_store_name, entry.custom_key_store_type) == ("external", "EXTERNAL_KEY_STORE")
    assert (entry.connection_state, entry.connection_error_code) == ("DISCONNECTED", None)
    assert (entry.cloud_hsm_cluster_id, entry.trust_anchor_certificate) == (None, None)
    configuration = entry.xks_proxy_configuration
    assert configuration == ("PUBLIC_ENDPOINT", ACCESS_KEY_ID, ENDPOINT, PATH, None, None)
    assert [asked.document["requestMetadata"]["kmsOperation"] for asked in outside.proxy.asked] == [
        "CreateCustomKeyStore"
    ]


async def test_a_cluster_is_described_as_it_was_created(outside: Outside) -> None:
    outside.list_clusters()
    entry = await outside.described(await outside.create(**outside.in_cluster()))
    assert (entry.custom_key_store_type, entry.cloud_hsm_cluster_id) == ("AWS_CLOUDHSM", CLUSTER)
    assert (entry.trust_anchor_certificate, entry.xks_proxy_configuration) == (outside.trust_anchor, None)
    assert entry.connection_state == "DISCONNECTED"


async def test_secrets_stand_in_no_event(outside: Outside) -> None:
    outside.list_clusters()
    await outside.create(**EXTERNAL)
    await outside.create(**outside.in_cluster())
    shown = [str(event._replace(wrapped=b"")) for event in outside.region.appended]  # type: ignore[call-arg]
    assert not [text for text in shown if SECRET in text or PASSWORD in text]


async def test_stores_are_listed_in_pages_and_found_by_name(outside: Outside) -> None:
    outside.list_clusters()
    stores = {await outside.create(**EXTERNAL), await outside.create(**outside.in_cluster())}
    first = await outside.region.ask("DescribeCustomKeyStores", Limit=1)
    assert first.truncated
    second = await outside.region.ask("DescribeCustomKeyStores", Limit=1, Marker=first.next_marker)
    assert not second.truncated
    assert {entry.custom_key_store_id for page in (first, second) for entry in page.custom_key_stores} == stores
    named = await outside.region.ask("DescribeCustomKeyStores", CustomKeyStoreName="external")
    assert [entry.custom_key_store_name for entry in named.custom_key_stores] == ["external"]


async def test_another_account_sees_no_store(outside: Outside) -> None:
    store = await outside.create(**EXTERNAL)
    assert (await outside.region.ask("DescribeCustomKeyStores", OTHER_ACCOUNT)).custom_key_stores == ()
    with pytest.raises(KeyStoreNotFound):
        await outside.region.ask("DescribeCustomKeyStores", OTHER_ACCOUNT, CustomKeyStoreId=store)
    with pytest.raises(KeyStoreNotFound):
        await outside.region.ask("DeleteCustomKeyStore", OTHER_ACCOUNT, CustomKeyStoreId=store)


async def test_a_command_seen_before_makes_no_second_store(outside: Outside) -> None:
    first = await outside.region.ask("CreateCustomKeyStore", ACCOUNT, "command", **EXTERNAL)
    assert await outside.region.ask("CreateCustomKeyStore", ACCOUNT, "command", **EXTERNAL) == first
    assert len(outside.region.appended) == 1


def without(member: str) -> dict[str, Any]:
    return {name: value for name, value in EXTERNAL.items() if name != member}


@pytest.mark.parametrize(
    ("parameters", "error", "text"),
    [
        (without("XksProxyUriEndpoint"), ValidationFailed, "'xksProxyUriEndpoint'"),
        (without("XksProxyUriPath"), ValidationFailed, "'xksProxyUriPath'"),
        (without("XksProxyAuthenticationCredential"), ValidationFailed, "'xksProxyAuthenticationCredential'"),
        (without("XksProxyConnectivity"), ValidationFailed, "'xksProxyConnectivity'"),
        ({**EXTERNAL, "KeyStorePassword": "1234567"}, ValidationFailed, "KeyStorePassword is not for"),
        ({**EXTERNAL, "XksProxyVpcEndpointServiceName": SERVICE}, ValidationFailed, "XksProxyVpcEndpointServiceName"),
        ({**EXTERNAL, "XksProxyConnectivity": "VPC_ENDPOINT_SERVICE"}, ValidationFailed, "which needs it"),
        (
            {
                **EXTERNAL,
                "XksProxyConnectivity": "VPC_ENDPOINT_SERVICE",
                "XksProxyVpcEndpointServiceName": f"{SERVICE}2",
            },
            EndpointServiceNotFound,
            "node.json",
        ),
        ({**EXTERNAL, "XksProxyUriEndpoint": "https://elsewhere.example.com"}, ProxyUnreachable, "external_key_stores"),
        ({**EXTERNAL, "XksProxyUriPath": "/a/kms/xks/v1"}, ProxyConfigurationInvalid, "URI path"),
        (
            {**EXTERNAL, "XksProxyAuthenticationCredential": {"AccessKeyId": "A" * 20, "RawSecretAccessKey": "x" * 43}},
            ProxyCredentialIncorrect,
            "authenticate",
        ),
        ({"CustomKeyStoreName": "x"}, ValidationFailed, "'cloudHsmClusterId'"),
        ({"CustomKeyStoreName": "x", "XksProxyUriPath": PATH}, ValidationFailed, "XksProxyUriPath is not for"),
    ],
)
async def test_what_a_store_cannot_be_created_with(
    outside: Outside, parameters: dict[str, Any], error: type[KeytideError], text: str
) -> None:
    refused = await refusal(outside, "CreateCustomKeyStore", **parameters)
    assert type(refused) is error
    assert text in refused.message
    assert "x" * 43 not in refused.message


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"CloudHsmClusterId": "cluster-7777777777z"}, ClusterNotFound),
        ({"TrustAnchorCertificate": "no certificate"}, TrustAnchorIncorrect),
    ],
)
async def test_what_a_store_in_a_cluster_cannot_be_created_with(
    outside: Outside, change: dict[str, Any], error: type[KeytideError]
) -> None:
    outside.list_clusters()
    assert type(await refusal(outside, "CreateCustomKeyStore", **outside.in_cluster(**change))) is error


async def test_the_operator_may_name_the_trust_anchor(outside: Outside, tmp_path: Any) -> None:
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other")
    outside.list_clusters(trust_anchor_file=other.file)
    assert type(await refusal(outside, "CreateCustomKeyStore", **outside.in_cluster())) is TrustAnchorIncorrect
    store = await outside.create(**outside.in_cluster(TrustAnchorCertificate=other.file.read_text()))
    outside.list_clusters(trust_anchor_file=outside.authority.file)
    refused = await refusal(outside, "UpdateCustomKeyStore", CustomKeyStoreId=store, CloudHsmClusterId=OTHER_CLUSTER)
    assert type(refused) is ClusterNotRelated


async def test_an_entry_may_be_for_some_accounts_alone(outside: Outside) -> None:
    external = ExternalKeyStoreSettings(ENDPOINT, outside.external.address, accounts=(OTHER_ACCOUNT,))
    outside.region.list_machines(OutsideMachines((external,)))
    assert type(await refusal(outside, "CreateCustomKeyStore", **EXTERNAL)) is ProxyUnreachable


async def test_what_two_stores_may_not_have_in_common(outside: Outside) -> None:
    outside.list_clusters()
    await outside.create(**EXTERNAL)
    await outside.create(**outside.in_cluster())
    behind_service = {"XksProxyConnectivity": "VPC_ENDPOINT_SERVICE", "XksProxyVpcEndpointServiceName": SERVICE}
    cases: list[tuple[dict[str, Any], type[KeytideError]]] = [
        ({**EXTERNAL, "XksProxyUriPath": "/a/kms/xks/v1"}, KeyStoreNameInUse),
        ({**EXTERNAL, "CustomKeyStoreName": "x"}, ProxyUriInUse),
        ({**EXTERNAL, "CustomKeyStoreName": "x", "XksProxyUriEndpoint": ENDPOINT.upper().replace("HTTPS", "https")},
         ProxyUriInUse),
        ({**EXTERNAL, "CustomKeyStoreName": "x", "XksProxyUriPath": "/a/kms/xks/v1", **behind_service},
         ProxyEndpointInUse),
        (outside.in_cluster(CustomKeyStoreName="x"), ClusterInUse),
    ]  # fmt: skip
    for parameters, error in cases:
        assert type(await refusal(outside, "CreateCustomKeyStore", **parameters)) is error


async def test_an_account_has_no_more_stores_than_its_quota_allows(outside: Outside) -> None:
    outside.region.quotas = outside.region.quotas._replace(key_stores_per_account=1)
    await outside.create(**EXTERNAL)
    refused = await refusal(
        outside, "CreateCustomKeyStore", **{**EXTERNAL, "CustomKeyStoreName": "x", "XksProxyUriPath": "/a/kms/xks/v1"}
    )
    assert type(refused) is LimitExceeded


ON_STORE = {
    "ValidationException": ProxyResponseInvalid,
    "InvalidStateException": ProxyResponseInvalid,
    "InvalidCiphertextException": ProxyResponseInvalid,
    "InvalidKeyUsageException": ProxyResponseInvalid,
    "AuthenticationFailedException": ProxyCredentialIncorrect,
    "AccessDeniedException": ProxyUnreachable,
    "KeyNotFoundException": ProxyResponseInvalid,
    "InvalidUriPathException": ProxyConfigurationInvalid,
    "ThrottlingException": ProxyUnreachable,
    "InternalException": ProxyResponseInvalid,
    "UnsupportedOperationException": ProxyResponseInvalid,
    "DependencyTimeoutException": ProxyUnreachable,
}
ON_CONNECTION = {
    "AuthenticationFailedException": "INVALID_CREDENTIALS",
    "AccessDeniedException": "XKS_PROXY_ACCESS_DENIED",
    "InvalidUriPathException": "XKS_PROXY_INVALID_CONFIGURATION",
    "ThrottlingException": "XKS_PROXY_NOT_REACHABLE",
    "DependencyTimeoutException": "XKS_PROXY_TIMED_OUT",
}


def refuse_with(outside: Outside, name: str) -> None:
    async def instead(_asked: Asked) -> Answer | None:
        return 400, f'{{"errorName":"{name}"}}'.encode()

    outside.proxy.instead = instead


@pytest.mark.parametrize("name", PROXY_ERRORS)
async def test_what_a_store_answers_for_each_refusal_of_its_proxy(outside: Outside, name: str) -> None:
    refuse_with(outside, name)
    assert type(await refusal(outside, "CreateCustomKeyStore", **EXTERNAL)) is ON_STORE[name]


@pytest.mark.parametrize("name", PROXY_ERRORS)
async def test_a_connection_that_fails_says_why_and_has_to_be_disconnected_first(outside: Outside, name: str) -> None:
    store = await outside.create(**EXTERNAL)
    refuse_with(outside, name)
    await outside.region.ask("ConnectCustomKeyStore", CustomKeyStoreId=store)
    entry = await outside.described(store)
    wanted = ON_CONNECTION.get(name, "XKS_PROXY_INVALID_RESPONSE")
    assert (entry.connection_state, entry.connection_error_code) == ("FAILED", wanted)
    outside.proxy.instead = None
    assert type(await refusal(outside, "ConnectCustomKeyStore", CustomKeyStoreId=store)) is KeyStoreInvalidState
    await outside.region.ask("DisconnectCustomKeyStore", CustomKeyStoreId=store)
    await outside.region.ask("ConnectCustomKeyStore", CustomKeyStoreId=store)
    entry = await outside.described(store)
    assert (entry.connection_state, entry.connection_error_code) == ("CONNECTED", None)


async def test_a_cluster_with_another_password_fails_to_connect(outside: Outside) -> None:
    outside.list_clusters()
    store = await outside.create(**outside.in_cluster(KeyStorePassword="wrong-password"))
    await outside.region.ask("ConnectCustomKeyStore", CustomKeyStoreId=store)
    assert (await outside.described(store)).connection_error_code == "INVALID_CREDENTIALS"
    await outside.region.ask("DisconnectCustomKeyStore", CustomKeyStoreId=store)
    await outside.region.ask("UpdateCustomKeyStore", CustomKeyStoreId=store, KeyStorePassword=PASSWORD)
    await outside.region.ask("ConnectCustomKeyStore", CustomKeyStoreId=store)
    assert (await outside.described(store)).connection_state == "CONNECTED"


async def test_a_store_whose_machine_is_not_listed_any_more_fails_to_connect(outside: Outside) -> None:
    outside.list_clusters()
    stores = [await outside.create(**EXTERNAL), await outside.create(**outside.in_cluster())]
    outside.region.list_machines(OutsideMachines())
    for store, code in zip(stores, ("XKS_PROXY_NOT_REACHABLE", "CLUSTER_NOT_FOUND"), strict=True):
        await outside.region.ask("ConnectCustomKeyStore", CustomKeyStoreId=store)
        assert (await outside.described(store)).connection_error_code == code


async def test_connecting_what_is_connected_changes_nothing(outside: Outside) -> None:
    store = await outside.connected_external()
    before = list(outside.region.appended)
    await outside.region.ask("ConnectCustomKeyStore", CustomKeyStoreId=store)
    assert outside.region.appended == before


async def in_state(outside: Outside, state: str) -> str:
    store = await outside.create(**EXTERNAL)
    if state == "FAILED":
        refuse_with(outside, "InternalException")
    if state != "DISCONNECTED":
        await outside.region.ask("ConnectCustomKeyStore", CustomKeyStoreId=store)
    outside.proxy.instead = None
    assert (await outside.described(store)).connection_state == state
    return store


ANOTHER_CREDENTIAL = {"AccessKeyId": ACCESS_KEY_ID, "RawSecretAccessKey": SECRET}
NEW_NAME, NEW_CREDENTIAL = {"NewCustomKeyStoreName": "new"}, {"XksProxyAuthenticationCredential": ANOTHER_CREDENTIAL}
SAME_PATH, SAME_ENDPOINT = {"XksProxyUriPath": PATH}, {"XksProxyUriEndpoint": ENDPOINT}
ALLOWED: list[tuple[str, str, dict[str, Any], bool]] = [
    ("DISCONNECTED", "ConnectCustomKeyStore", {}, True),
    ("CONNECTED", "ConnectCustomKeyStore", {}, True),
    ("FAILED", "ConnectCustomKeyStore", {}, False),
    ("DISCONNECTED", "DisconnectCustomKeyStore", {}, False),
    ("CONNECTED", "DisconnectCustomKeyStore", {}, True),
    ("FAILED", "DisconnectCustomKeyStore", {}, True),
    ("DISCONNECTED", "DeleteCustomKeyStore", {}, True),
    ("CONNECTED", "DeleteCustomKeyStore", {}, False),
    ("FAILED", "DeleteCustomKeyStore", {}, False),
    *(("DISCONNECTED", "UpdateCustomKeyStore", change, True)
      for change in (NEW_NAME, NEW_CREDENTIAL, SAME_PATH, SAME_ENDPOINT)),
    *(("CONNECTED", "UpdateCustomKeyStore", change, True) for change in (NEW_NAME, NEW_CREDENTIAL, SAME_PATH)),
    ("CONNECTED", "UpdateCustomKeyStore", SAME_ENDPOINT, False),
    *(("FAILED", "UpdateCustomKeyStore", change, False) for change in (NEW_NAME, NEW_CREDENTIAL)),
]  # fmt: skip


@pytest.mark.parametrize(("state", "operation", "parameters", "allowed"), ALLOWED)
async def test_what_each_connection_state_allows(
    outside: Outside, state: str, operation: str, parameters: dict[str, Any], allowed: bool
) -> None:
    store = await in_state(outside, state)
    if allowed:
        await outside.region.ask(operation, CustomKeyStoreId=store, **parameters)
    else:
        refused = await refusal(outside, operation, CustomKeyStoreId=store, **parameters)
        assert type(refused) is KeyStoreInvalidState


@pytest.mark.parametrize(
    "operation", ["ConnectCustomKeyStore", "DisconnectCustomKeyStore", "DeleteCustomKeyStore", "UpdateCustomKeyStore"]
)
async def test_a_store_that_there_is_not(outside: Outside, operation: str) -> None:
    assert type(await refusal(outside, operation, CustomKeyStoreId=UNKNOWN)) is KeyStoreNotFound


async def test_an_update_that_the_proxy_refuses_changes_nothing(outside: Outside) -> None:
    store = await outside.connected_external()
    refused = await refusal(outside, "UpdateCustomKeyStore", CustomKeyStoreId=store, XksProxyUriPath="/a/kms/xks/v1")
    assert type(refused) is ProxyConfigurationInvalid
    assert (await outside.described(store)).xks_proxy_configuration.uri_path == PATH


async def test_a_proxy_may_move_behind_an_endpoint_service_and_back(outside: Outside) -> None:
    store = await outside.create(**EXTERNAL)
    behind = {"XksProxyConnectivity": "VPC_ENDPOINT_SERVICE", "XksProxyVpcEndpointServiceName": SERVICE}
    await outside.region.ask("UpdateCustomKeyStore", CustomKeyStoreId=store, **behind)
    assert (await outside.described(store)).xks_proxy_configuration.vpc_endpoint_service_name == SERVICE
    await outside.region.ask("UpdateCustomKeyStore", CustomKeyStoreId=store, XksProxyConnectivity="PUBLIC_ENDPOINT")
    assert (await outside.described(store)).xks_proxy_configuration.vpc_endpoint_service_name is None


async def test_a_proxy_behind_an_endpoint_service_is_not_asked_before_it_is_connected(outside: Outside) -> None:
    behind = {"XksProxyConnectivity": "VPC_ENDPOINT_SERVICE", "XksProxyVpcEndpointServiceName": SERVICE}
    store = await outside.create(**{**EXTERNAL, **behind})
    assert outside.proxy.asked == []
    assert (await outside.described(store)).xks_proxy_configuration.vpc_endpoint_service_owner == ACCOUNT
    await outside.region.ask("ConnectCustomKeyStore", CustomKeyStoreId=store)
    assert (await outside.described(store)).connection_state == "CONNECTED"


async def test_what_has_changed_while_the_proxy_was_asked_proves_nothing(outside: Outside) -> None:
    store = await outside.create(**EXTERNAL)

    async def meanwhile(asked: Asked) -> Answer | None:
        outside.proxy.instead = None
        await outside.region.ask("UpdateCustomKeyStore", CustomKeyStoreId=store, NewCustomKeyStoreName="new")
        return 200, json.dumps(outside.proxy.health_answer()).encode()

    outside.proxy.instead = meanwhile
    with pytest.raises(KeyStoreInvalidState, match="changed meanwhile"):
        await outside.region.ask("ConnectCustomKeyStore", CustomKeyStoreId=store)
    assert (await outside.described(store)).connection_state == "DISCONNECTED"


async def test_a_store_with_keys_is_not_deleted_whatever_their_state(outside: Outside) -> None:
    key = await outside.external_key()
    store = (await outside.region.ask("DescribeKey", KeyId=key)).key_metadata.custom_key_store_id
    await outside.region.ask("ScheduleKeyDeletion", KeyId=key)
    await outside.region.ask("DisconnectCustomKeyStore", CustomKeyStoreId=store)
    assert type(await refusal(outside, "DeleteCustomKeyStore", CustomKeyStoreId=store)) is KeyStoreHasKeys


async def test_a_deleted_store_is_gone_and_its_name_is_free(outside: Outside) -> None:
    store = await outside.create(**EXTERNAL)
    await outside.region.ask("DeleteCustomKeyStore", CustomKeyStoreId=store)
    assert type(await refusal(outside, "DescribeCustomKeyStores", CustomKeyStoreId=store)) is KeyStoreNotFound
    assert await outside.create(**EXTERNAL) != store


def test_a_failure_prints_its_cause() -> None:
    assert str(OutsideFailed(PROXY_ERRORS["ThrottlingException"])).startswith("The external key store proxy rejected")
