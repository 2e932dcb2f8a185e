"""The self-test with which `keytide up` proves that what it started works, as an AWS client sees it.

Owns the steps: through the front door, with boto3, a multi-region key is created in the first region, replicated to the
others, used to encrypt in one and to decrypt in all. One key is kept for this under an alias, so that restarts do not
pile up keys. It is nobody else's, and is enabled wherever its use finds it disabled: a region that is built anew has
all its keys back disabled, once it has come home, and the test would wait for this one for ever. All calls block; run
them in a thread.
"""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from services.cli.credentials import Credentials
from services.cli.faults import CannotStart
from shared.keys.self_test import SELF_TEST_DESCRIPTION

ALIAS = "alias/keytide-self-test"
WAITING_SECONDS = 30.0
BETWEEN_SECONDS = 0.002
PLAINTEXT = b"what one region encrypts, every region decrypts"
CONTEXT = {"purpose": "self-test"}
_NOT_YET = frozenset(
    {
        "NotFoundException",
        "KeyUnavailableException",
        "KMSInvalidStateException",
        "DisabledException",
        "DependencyTimeoutException",
    }
)
_KEY_NOT_KNOWN_YET = frozenset({"UnrecognizedClientException", "InvalidClientTokenId", "InvalidSignatureException"})

Answer = TypeVar("Answer")
Say = Callable[[str], None]


class Clients:
    """boto3 clients of every region, all through one endpoint."""

    def __init__(self, credentials: Credentials, endpoint: str) -> None:
        self._session = boto3.Session(
            aws_access_key_id=credentials.access_key_id,
            aws_secret_access_key=credentials.secret.reveal().decode(),
        )
        self._endpoint = endpoint
        self._made: dict[tuple[str, str], Any] = {}

    def client(self, service: str, region: str) -> Any:
        if (service, region) not in self._made:
            configuration = Config(
                connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 4}
            )
            self._made[service, region] = self._session.client(
                service, region_name=region, endpoint_url=self._endpoint, config=configuration
            )
        return self._made[service, region]


def wait_until_known(clients: Clients, region: str) -> str:
    """Wait until the region knows the access key; returns the caller's ARN. Errors: CannotStart."""
    ask = clients.client("sts", region).get_caller_identity
    return str(_eventually(lambda: ask()["Arn"], _KEY_NOT_KNOWN_YET, f"region {region} does not know the access key"))


def prove(clients: Clients, regions: Sequence[str], say: Say) -> None:
    """Run the self-test and say each step. Errors: CannotStart, naming the step that failed."""
    try:
        key_id = _self_test_key(clients, regions, say)
        _round_trip(clients, regions, key_id, say)
    except (BotoCoreError, ClientError) as error:
        raise CannotStart(f"the self-test failed: {error}") from error


def _self_test_key(clients: Clients, regions: Sequence[str], say: Say) -> str:
    """The kept key, or a new one; either way a replica in every region."""
    home, others = regions[0], regions[1:]
    metadata = _kept_key(clients, home)
    if metadata is None:
        metadata = _create(clients, home)
        say(f"self-test: created {metadata['KeyId']} in {home}")
    key_id = str(metadata["KeyId"])
    replicas = {row["Region"] for row in metadata["MultiRegionConfiguration"]["ReplicaKeys"]}
    for region in others:
        if region not in replicas:
            delay = _replicate(clients, home, region, key_id)
            say(f"self-test: replicated it to {region}; usable there {delay * 1000:.1f} ms after the answer")
    return key_id


def _kept_key(clients: Clients, home: str) -> Any:
    kms = clients.client("kms", home)
    try:
        return kms.describe_key(KeyId=ALIAS)["KeyMetadata"]
    except kms.exceptions.NotFoundException:
        return None


def _create(clients: Clients, home: str) -> Any:
    kms = clients.client("kms", home)
    metadata = kms.create_key(MultiRegion=True, Description=SELF_TEST_DESCRIPTION)["KeyMetadata"]
    kms.create_alias(AliasName=ALIAS, TargetKeyId=metadata["KeyId"])
    return metadata


def _replicate(clients: Clients, home: str, region: str, key_id: str) -> float:
    """Seconds from the answer of ReplicateKey until the replica can be used."""
    replica = clients.client("kms", region)
    clients.client("kms", home).replicate_key(KeyId=key_id, ReplicaRegion=region, Description=SELF_TEST_DESCRIPTION)
    acknowledged = time.monotonic()
    _eventually(
        lambda: replica.generate_data_key_without_plaintext(KeyId=key_id, NumberOfBytes=32),
        _NOT_YET,
        f"the key did not arrive in {region}",
    )
    return time.monotonic() - acknowledged


def _round_trip(clients: Clients, regions: Sequence[str], key_id: str, say: Say) -> None:
    """Of several nodes of a region one may know the replica a moment after the other."""
    where = regions[1] if len(regions) > 1 else regions[0]
    use = partial(_used, clients, key_id, say)
    blob = use(where, "encrypt", Plaintext=PLAINTEXT)["CiphertextBlob"]
    decrypted = [region for region in regions if region != where] or [where]
    for region in decrypted:
        if use(region, "decrypt", CiphertextBlob=blob)["Plaintext"] != PLAINTEXT:
            raise CannotStart(f"the self-test failed: {region} decrypted something else than {where} encrypted")
    say(f"self-test: encrypted in {where}, decrypted in {', '.join(decrypted)}")


def _used(clients: Clients, key_id: str, say: Say, region: str, operation: str, **what: bytes) -> Any:
    """What the use of the key answers; it enables the key first wherever it finds it disabled."""
    kms = clients.client("kms", region)

    def attempt() -> Any:
        try:
            return getattr(kms, operation)(KeyId=key_id, EncryptionContext=CONTEXT, **what)
        except kms.exceptions.DisabledException:
            kms.enable_key(KeyId=key_id)
            say(f"self-test: enabled it in {region}")
            raise

    return _eventually(attempt, _NOT_YET, f"{region} did not {operation}")


def _eventually(attempt: Callable[[], Answer], not_yet: frozenset[str], failure: str) -> Answer:
    """Try until it works; only the codes `not_yet` are waited out."""
    deadline = time.monotonic() + WAITING_SECONDS
    while True:
        try:
            return attempt()
        except ClientError as error:
            if error.response["Error"]["Code"] not in not_yet:
                raise CannotStart(f"{failure}: {error}") from error
            if time.monotonic() >= deadline:
                raise CannotStart(f"{failure} within {WAITING_SECONDS:g} s: {error}") from error
        time.sleep(BETWEEN_SECONDS)
