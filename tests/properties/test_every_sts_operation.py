"""Requests of every operation of STS, from the service model and mutated: never a fault.

What is refused has a name that the model knows, and nothing is ever appended. Each operation begins with a request that
is granted, for the others are made of it: few that are drawn of all members are granted by chance. The variables are
those of `test_every_query_operation.py`.
"""

from collections import defaultdict
from pathlib import Path
from random import Random
from typing import Any

import pytest

from services.region_node.sts.table import STS_OPERATIONS
from services.region_node.wire.error_table import row_of
from shared.errors import KeytideError
from tests.properties.remembering import Known
from tests.properties.requests_of_the_model import Requests
from tests.properties.test_every_query_operation import REQUESTS, SEED, form_of
from tests.services.region_node.operations.fake_region import ACCOUNT
from tests.services.region_node.sts import issuer
from tests.services.region_node.sts.test_web_identity import ACTION, VOUCHED, region_with
from tests.services.region_node.sts.world import ALICE, HERE, MODEL, ROLE, StsRegion, letting, trust

COMMON_CODES = {"ValidationError", "MalformedQueryString", "AccessDenied"}
TRUST = trust(letting(VOUCHED, ACTION), letting(HERE, "sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"))
POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:Encrypt","Resource":"*"}]}'
WITH_MEMBERS = [name for name in STS_OPERATIONS if MODEL.operation_model(name).input_shape.members]
TOKEN = issuer.token(issuer.claims(1_700_000_000_000))
NAMES: dict[str, list[Any]] = {
    "arnType": [ROLE, ROLE, f"arn:aws:iam::{ACCOUNT}:role/none", "arn:aws:iam::aws:policy/ReadOnlyAccess"],
    "roleSessionNameType": ["deploy"],
    "unrestrictedSessionPolicyDocumentType": [POLICY],
    "sessionPolicyDocumentType": [POLICY],
    "tagKeyType": ["team", "Team"],
    "tagValueType": ["rot"],
    "roleDurationSecondsType": [900, 3_600],
    "sourceIdentityType": ["alice"],
    "externalIdType": ["42"],
    "clientTokenType": [TOKEN],
    "accessKeyIdType": [ALICE.access_key_id],
}
IN_ROLE = {"RoleArn": ROLE, "RoleSessionName": "deploy"}
GRANTED: dict[str, dict[str, Any]] = {
    "GetAccessKeyInfo": {"AccessKeyId": ALICE.access_key_id},
    "GetSessionToken": {"DurationSeconds": 900},
    "AssumeRole": {**IN_ROLE, "Policy": POLICY, "DurationSeconds": 900, "Tags": [{"Key": "team", "Value": "rot"}]},
    "AssumeRoleWithWebIdentity": {**IN_ROLE, "WebIdentityToken": TOKEN, "DurationSeconds": 900},
}


async def refused(region: StsRegion, operation: str, form: bytes) -> KeytideError | None:
    try:
        await region.send(ALICE, operation, form)
    except KeytideError as error:
        return error
    return None


@pytest.mark.parametrize("operation", WITH_MEMBERS)
async def test_no_request_breaks_anything(operation: str, tmp_path: Path) -> None:
    region = region_with(TRUST, tmp_path)
    assert await refused(region, operation, form_of(GRANTED[operation])) is None
    known = Known(defaultdict(list, NAMES), defaultdict(list, {operation: [GRANTED[operation]]}))
    requests = Requests(operation, known, Random(f"{SEED}/{operation}"), MODEL)  # it is to be repeated
    shapes = MODEL.operation_model(operation).error_shapes
    allowed = {shape.metadata["error"]["code"] for shape in shapes} | COMMON_CODES
    for _ in range(REQUESTS):
        request = requests.make()
        refusal = await refused(region, operation, form_of(request))
        told = f"{operation} {request!r}: {refusal} (KEYTIDE_TEST_SEED={SEED} KEYTIDE_TEST_REQUESTS={REQUESTS})"
        if refusal is None:
            requests.was_granted(request)
        else:
            assert row_of(refusal).query_code in allowed, told
    assert region.fake.appended == []
