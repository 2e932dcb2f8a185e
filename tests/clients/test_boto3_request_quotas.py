"""Unmodified boto3 against a region that enforces request quotas."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from tests.running import code_of

UNKNOWN_KEY = "00000000-0000-4000-8000-000000000000"
MESSAGE = "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls."
ATTEMPTS = 200
"""Far more than the region lets through in the time that they take, at one request a second."""


def test_too_many_requests_are_throttled_in_awss_words(configured: Any) -> None:
    refusal = first_throttled(configured.list_keys)
    assert refusal.response["Error"]["Message"] == MESSAGE
    assert refusal.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert "Aliases" in configured.list_aliases()


def test_requests_that_fail_count_too(configured: Any) -> None:
    failing: list[Callable[[], Any]] = [
        lambda: configured.get_key_policy(KeyId=UNKNOWN_KEY),
        lambda: configured.update_key_description(KeyId=UNKNOWN_KEY, Description="-"),
        lambda: configured.encrypt(
            KeyId=UNKNOWN_KEY, Plaintext=b"-", EncryptionAlgorithm="RSAES_OAEP_SHA_256", DryRun=True
        ),
    ]
    for call in failing:
        first_throttled(call, "NotFoundException")


def test_nobody_is_throttled_where_no_quota_is_enforced(kms: Any) -> None:
    """Far more creations at once than AWS's five a second."""
    key_ids = {kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(12)}
    assert len(key_ids) == 12


def first_throttled(call: Callable[[], Any], otherwise: str | None = None) -> ClientError:
    """The first refusal for the rate; every other answer before it succeeds, or fails with the code `otherwise`."""
    for _ in range(ATTEMPTS):
        try:
            call()
        except ClientError as error:
            if code_of(error) == "ThrottlingException":
                return error
            if code_of(error) != otherwise:
                raise
    raise AssertionError("nothing was throttled")
