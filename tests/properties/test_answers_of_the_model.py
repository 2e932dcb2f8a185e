"""The checks of answers, and the search for a smaller request, find what they are for."""

import json
from typing import Any

import pytest

from tests.properties.answers_of_the_model import faults_of
from tests.properties.smaller import smallest

ARN = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
SIGNED = {"KeyId": ARN, "Signature": "AAAA", "SigningAlgorithm": "ECDSA_SHA_256"}


@pytest.mark.parametrize(
    ("operation", "status", "document"),
    [
        ("Sign", 200, SIGNED),
        ("Sign", 400, {"__type": "NotFoundException", "message": "gone"}),
        ("Sign", 400, {"__type": "AccessDeniedException", "Message": "no"}),
        ("Verify", 400, {"__type": "KMSInvalidSignatureException"}),
        ("RotateKeyOnDemand", 400, {"__type": "UnsupportedOperationException"}),
        ("ListGrants", 200, {"Grants": [{"KeyId": ARN, "Name": ""}], "Truncated": False}),
    ],
)
def test_an_answer_of_the_model_is_found_sound(operation: str, status: int, document: dict[str, Any]) -> None:
    assert faults_of(operation, status, json.dumps(document).encode()) == []


@pytest.mark.parametrize(
    ("operation", "status", "document"),
    [
        ("Sign", 200, {**SIGNED, "Extra": 1}),
        ("Sign", 200, {**SIGNED, "Signature": "?"}),
        ("Sign", 200, {**SIGNED, "Signature": ""}),
        ("Sign", 200, {**SIGNED, "SigningAlgorithm": "ROT13"}),
        ("Sign", 200, {**SIGNED, "KeyId": 7}),
        ("Verify", 200, {"SignatureValid": 1}),
        ("DescribeKey", 200, {"KeyMetadata": {}}),
        ("DisableKey", 200, {}),
        ("ListKeys", 200, {"Keys": {}}),
        ("GenerateRandom", 200, {"Plaintext": []}),
        ("Sign", 400, {"__type": "UnsupportedOperationException", "message": "not of Sign"}),
        ("Sign", 400, {"__type": "NotFoundException"}),
        ("Sign", 400, {"__type": "NotFoundException", "Message": "gone"}),
        ("Sign", 400, {"__type": "NotFoundException", "message": "gone", "more": 1}),
        ("Sign", 404, {"__type": "NotFoundException", "message": "gone"}),
        ("Sign", 500, {"__type": "KMSInternalException", "message": "a fault"}),
        ("Sign", 500, {"__type": "DependencyTimeoutException", "message": "a fault"}),
        ("Encrypt", 500, {"__type": "KeyUnavailableException", "message": "a fault"}),
    ],
)
def test_every_other_answer_is_a_finding(operation: str, status: int, document: dict[str, Any]) -> None:
    assert len(faults_of(operation, status, json.dumps(document).encode())) >= 1


def test_the_smallest_request_has_only_what_matters() -> None:
    request = {"KeyId": "x" * 300, "Tags": [{"TagKey": "a", "TagValue": "bad"}, {"TagKey": "b", "TagValue": ""}]}
    found = smallest(request, lambda smaller: "bad" in str(smaller))
    assert found == {"Tags": [{"TagValue": "bad"}]}
