"""Thousands of requests an operation, from the service model and mutated: never a fault, never a hang, never a trace.

A refused request is an error of AWS's form that leaves the log as it was; no request at all is answered with a fault.
`KEYTIDE_TEST_REQUESTS` sets how many requests each operation gets; the seed is printed where one fails.
"""

import asyncio
import base64
import json
import os
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from services.region_node.operations.table import OPERATIONS
from services.region_node.wire.json_protocol import parse_body
from shared.errors import SerializationFailed
from shared.keys.specs import ALGORITHMS
from tests.properties.requests_of_the_model import MODEL, ODD_VALUES, Names, requests
from tests.services.region_node.serving import Serving, serving
from tests.wrapping_client import wrap

REQUESTS = int(os.environ.get("KEYTIDE_TEST_REQUESTS", "150"))
PATIENCE_SECONDS = 5.0
COMMON_ERRORS = {
    "ValidationException",
    "SerializationException",
    "AccessDeniedException",
    "ThrottlingException",
    "UnknownOperationException",
    # The model lists these for some operations only, although each takes a key identifier, a grant token, a marker or
    # a recipient.
    "InvalidGrantTokenException",
    "InvalidArnException",
    "InvalidMarkerException",
    "UnsupportedOperationException",
}
SPECS = [(spec, usage) for spec, usages in ALGORITHMS.items() for usage in usages]


@pytest.fixture(scope="module")
def region() -> Iterator[Serving]:
    with asyncio.Runner() as runner:
        made = serving(runner)
        try:
            yield made
        finally:
            made.close()


@pytest.fixture(scope="module")
def names(region: Serving) -> Names:
    """Keys of every kind in every state, and what belongs to them."""
    keys = [region.create_key(KeySpec=spec, KeyUsage=usage) for spec, usage in SPECS]
    keys += [region.create_key(MultiRegion=True), region.create_key()]
    region.ask("DisableKey", KeyId=keys[-1])
    keys += [region.create_key(Origin="EXTERNAL"), region.create_key(Origin="EXTERNAL", MultiRegion=True)]
    parameters: dict[str, Any] = {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}
    got = region.ask("GetParametersForImport", KeyId=keys[-1], **parameters)
    wrapped = base64.b64encode(wrap("RSAES_OAEP_SHA_256", base64.b64decode(got["PublicKey"]), bytes(32))).decode()
    region.ask("CreateAlias", AliasName="alias/known", TargetKeyId=keys[0])
    blob = region.ask("Encrypt", KeyId=keys[0], Plaintext=base64.b64encode(b"-").decode())["CiphertextBlob"]
    arns = [region.ask("DescribeKey", KeyId=key)["KeyMetadata"]["Arn"] for key in keys]
    grantee = f"arn:aws:iam::{arns[0].split(':')[4]}:root"
    granted = region.ask("CreateGrant", KeyId=keys[0], GranteePrincipal=grantee, Operations=["Decrypt"])
    return Names(
        {
            "KeyIdType": (*keys, *arns, "alias/known", "1234abcd-12ab-34cd-56ef-1234567890ab"),
            "AliasNameType": ("alias/known", "alias/other"),
            "CiphertextType": (blob, got["ImportToken"], wrapped),
            "GrantIdType": (granted["GrantId"], "0" * 64),
            "GrantTokenType": (granted["GrantToken"],),
            "PrincipalIdType": (grantee,),
            "PolicyNameType": ("default",),
            "PolicyType": (region.ask("GetKeyPolicy", KeyId=keys[0])["Policy"],),
            "RegionType": ("eu-west-1", "us-east-1", "sa-east-1"),
        }
    )


@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_request_breaks_anything(operation: str, region: Serving, names: Names) -> None:
    modelled = {error.name for error in MODEL.operation_model(operation).error_shapes}
    allowed = modelled | COMMON_ERRORS

    @settings(
        max_examples=REQUESTS,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    @given(request=requests(operation, names))
    def asks(request: Any) -> None:
        before, began = region.sequences(), time.monotonic()
        status, body = region.send(operation, json.dumps(request).encode())
        assert time.monotonic() - began < PATIENCE_SECONDS
        if status == 200:
            return
        error = json.loads(body)
        assert status == 400, (status, error)
        assert error["__type"] in allowed, error
        assert set(error) <= {"__type", "message", "Message"}
        assert region.sequences() == before, "a refused request has changed the log"

    asks()


@settings(max_examples=REQUESTS, deadline=None, database=None, phases=(Phase.generate,), print_blob=True)
@given(body=st.one_of(st.binary(max_size=200), st.sampled_from(ODD_VALUES).map(lambda odd: json.dumps(odd).encode())))
def test_no_body_breaks_anything(body: bytes) -> None:
    """Bytes that are no JSON at all are refused alike by every operation: the decoder stands before all of them."""
    try:
        parsed = parse_body(body)
    except SerializationFailed:
        return
    assert isinstance(parsed, dict)
