"""Where delivered files are put: a directory, or a bucket. All calls block; run them in a thread.

Owns both. A file is there whole or not at all; putting the same again changes nothing.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from services.audit.delivery_settings import DeliverySettings
from services.durable_file import replace_file
from shared.crypto.digest_key import ALGORITHM

SECONDS = 20.0
ATTEMPTS = 3


class NotDelivered(Exception):
    """A file could not be put there. The message says why; try again later."""


class Store(Protocol):
    """Errors: NotDelivered."""

    def put(self, key: str, packed: bytes, signature: str | None) -> None:
        """`signature`: of a digest file."""


class DirectoryStore:
    """The signature of a digest file stands beside it, in `<file>.signature`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def put(self, key: str, packed: bytes, signature: str | None) -> None:
        path = self._directory / key
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if signature is not None:
                replace_file(path.with_name(f"{path.name}.signature"), signature.encode())
            replace_file(path, packed)
        except OSError as error:
            raise NotDelivered(f"{path} cannot be written: {error.strerror}") from error


class BucketStore:
    """The signature of a digest file stands in its metadata, as CloudTrail has it."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client, self._bucket = client, bucket

    def put(self, key: str, packed: bytes, signature: str | None) -> None:
        metadata = {} if signature is None else {"signature": signature, "signature-algorithm": ALGORITHM}
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=packed,
                Metadata=metadata,
                ContentType="application/json",
                ContentEncoding="gzip",
            )
        except (BotoCoreError, ClientError) as error:
            raise NotDelivered(f"{self._bucket}/{key} cannot be put: {error}") from error


def store_of(settings: DeliverySettings) -> Store:
    """Errors: NotDelivered."""
    if settings.directory is not None:
        return DirectoryStore(settings.directory)
    try:
        return BucketStore(_client(settings), settings.bucket_name)
    except (BotoCoreError, ValueError) as error:
        raise NotDelivered(f"the bucket {settings.bucket} cannot be reached: {error}") from error


def _client(settings: DeliverySettings) -> Any:
    session = botocore.session.Session()
    if settings.credentials_file is not None:
        session.set_config_variable("credentials_file", str(settings.credentials_file))
        session.set_config_variable("profile", "default")
    checksums: Mapping[str, Any] = {"request_checksum_calculation": "when_required"}
    patience = Config(
        connect_timeout=SECONDS, read_timeout=SECONDS, retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        **checksums,
    )  # fmt: skip
    made = boto3.Session(botocore_session=session)
    return made.client("s3", region_name=settings.bucket_region, endpoint_url=settings.endpoint, config=patience)
