"""The AWS Encryption SDK for Python: messages sealed under a multi-region key in one region and opened in another."""

from collections.abc import Callable
from typing import Any

import aws_encryption_sdk
import pytest
from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders
from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig
from aws_cryptographic_material_providers.mpl.models import (
    CreateAwsKmsKeyringInput,
    CreateAwsKmsMrkDiscoveryKeyringInput,
    CreateAwsKmsMrkKeyringInput,
    CreateMultiKeyringInput,
    DiscoveryFilter,
)
from aws_encryption_sdk import CommitmentPolicy

from tests.running import Running, eventually

MESSAGE = b"attack at dawn" * 1000
CONTEXT = {"purpose": "test", "tenant": "blue"}

Keyring = Any
"""The library brings no types."""


@pytest.fixture(scope="module")
def arns(kms: Any, elsewhere: Any) -> dict[str, str]:
    """The ARNs of one multi-region key, by region."""
    primary = kms.create_key(MultiRegion=True)["KeyMetadata"]
    kms.replicate_key(KeyId=primary["KeyId"], ReplicaRegion="eu-west-1")
    replica = eventually(lambda: elsewhere.describe_key(KeyId=primary["KeyId"]))["KeyMetadata"]
    return {"us-east-1": primary["Arn"], "eu-west-1": replica["Arn"]}


@pytest.fixture(scope="module")
def providers() -> Any:
    return AwsCryptographicMaterialProviders(config=MaterialProvidersConfig())


@pytest.fixture(scope="module")
def strict(keytide: Running, providers: Any, arns: dict[str, str]) -> Callable[[str], Keyring]:
    """A keyring of the key as one region holds it."""

    def made(region: str) -> Keyring:
        given = CreateAwsKmsMrkKeyringInput(kms_key_id=arns[region], kms_client=keytide.client(region))
        return providers.create_aws_kms_mrk_keyring(input=given)

    return made


def client() -> Any:
    return aws_encryption_sdk.EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)


def sealed(keyring: Keyring) -> bytes:
    message, _ = client().encrypt(source=MESSAGE, keyring=keyring, encryption_context=CONTEXT)
    return bytes(message)


def opened(message: bytes, keyring: Keyring) -> bytes:
    plaintext, header = client().decrypt(source=message, keyring=keyring)
    assert CONTEXT.items() <= header.encryption_context.items()
    return bytes(plaintext)


@pytest.mark.parametrize(("here", "there"), [("us-east-1", "eu-west-1"), ("eu-west-1", "us-east-1")])
def test_a_message_sealed_in_one_region_opens_in_the_other(
    strict: Callable[[str], Keyring], here: str, there: str
) -> None:
    message = sealed(strict(here))
    assert opened(message, strict(there)) == opened(message, strict(here)) == MESSAGE


def test_a_discovery_keyring_finds_the_replica_of_its_region(
    keytide: Running, providers: Any, strict: Callable[[str], Keyring], arns: dict[str, str]
) -> None:
    account = arns["us-east-1"].split(":")[4]
    given = CreateAwsKmsMrkDiscoveryKeyringInput(
        kms_client=keytide.client("eu-west-1"),
        region="eu-west-1",
        discovery_filter=DiscoveryFilter(account_ids=[account], partition="aws"),
    )
    discovery = providers.create_aws_kms_mrk_discovery_keyring(input=given)
    assert opened(sealed(strict("us-east-1")), discovery) == MESSAGE


def test_any_of_several_keys_opens_a_message(
    keytide: Running, providers: Any, strict: Callable[[str], Keyring]
) -> None:
    kms = keytide.client("us-east-1")
    single = kms.create_key()["KeyMetadata"]["Arn"]
    plain = providers.create_aws_kms_keyring(input=CreateAwsKmsKeyringInput(kms_key_id=single, kms_client=kms))
    both = providers.create_multi_keyring(
        input=CreateMultiKeyringInput(generator=strict("us-east-1"), child_keyrings=[plain])
    )
    message = sealed(both)
    assert opened(message, plain) == opened(message, strict("eu-west-1")) == MESSAGE


def test_a_message_under_another_key_does_not_open(
    keytide: Running, providers: Any, strict: Callable[[str], Any]
) -> None:
    kms = keytide.client("us-east-1")
    given = CreateAwsKmsKeyringInput(kms_key_id=kms.create_key()["KeyMetadata"]["Arn"], kms_client=kms)
    with pytest.raises(Exception, match=r"(?i)data key"):
        opened(sealed(strict("us-east-1")), providers.create_aws_kms_keyring(input=given))
