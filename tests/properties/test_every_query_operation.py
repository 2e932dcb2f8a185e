"""Requests of every operation of IAM, from the service model and mutated: never a fault.

What is refused has a name that the model knows, and changes nothing. `KEYTIDE_TEST_REQUESTS` sets how many requests
each operation gets, `KEYTIDE_TEST_SEED` what they follow from; both stand in the message of a failure.
"""

import os
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any
from urllib.parse import urlencode

import botocore.session
import pytest

from services.region_node.iam.table import IAM_OPERATIONS
from services.region_node.wire.error_table import row_of
from shared.errors import KeytideError
from tests.properties.remembering import Known
from tests.properties.requests_of_the_model import Requests
from tests.services.region_node.iam.asking import POLICY, TRUST, FakeIam
from tests.services.region_node.operations.fake_region import ACCOUNT

REQUESTS = int(os.environ.get("KEYTIDE_TEST_REQUESTS", "150"))
SEED = os.environ.get("KEYTIDE_TEST_SEED") or str(time.time_ns())
MODEL: Any = botocore.session.Session().get_service_model("iam")
WITH_MEMBERS = [name for name in IAM_OPERATIONS if MODEL.operation_model(name).input_shape.members]
COMMON_CODES = {"ValidationError", "MalformedQueryString", "NoSuchEntity", "InvalidInput"}
USERS = ("alice", "bob")
POLICIES = (f"arn:aws:iam::{ACCOUNT}:policy/Use", "arn:aws:iam::aws:policy/AdministratorAccess")
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/issuer.example"
NAMES: dict[str, list[Any]] = {
    "userNameType": [*USERS],
    "existingUserNameType": [*USERS],
    "groupNameType": ["Admins"],
    "roleNameType": ["Ops"],
    "policyNameType": ["Use", "own"],
    "policyVersionIdType": ["v1", "v2"],
    "pathType": ["/", "/a/"],
    "pathPrefixType": ["/", "/a/"],
    "policyPathType": ["/", "/a/"],
    "policyDocumentType": [POLICY, TRUST],
    "arnType": [*POLICIES, PROVIDER, *(f"arn:aws:iam::{ACCOUNT}:user/{name}" for name in USERS)],
    "ActionNameType": ["kms:Encrypt", "iam:CreateUser"],
    "ResourceNameType": ["*", f"arn:aws:iam::{ACCOUNT}:user/alice"],
    "OpenIDConnectProviderUrlType": ["https://issuer.example", "https://other.example/a"],
    "tagKeyType": ["team", "Team"],
}


async def peopled() -> FakeIam:
    """An account with something of every kind."""
    iam = FakeIam()
    for user in USERS:
        await iam.ask("CreateUser", UserName=user)
    await iam.ask("CreateGroup", GroupName="Admins")
    await iam.ask("CreateRole", RoleName="Ops", AssumeRolePolicyDocument=TRUST)
    await iam.ask("CreatePolicy", PolicyName="Use", PolicyDocument=POLICY)
    await iam.ask("CreateOpenIDConnectProvider", Url="https://issuer.example", ClientIDList=["a"])
    await iam.ask("PutUserPolicy", UserName="alice", PolicyName="own", PolicyDocument=POLICY)
    await iam.ask("AttachGroupPolicy", GroupName="Admins", PolicyArn=POLICIES[0])
    return iam


async def known_to(iam: FakeIam) -> Known:
    """With the access keys that there are."""
    made = (await iam.ask("CreateAccessKey", UserName="alice"))["AccessKey"]["AccessKeyId"]
    return Known(defaultdict(list, NAMES | {"accessKeyIdType": [made]}), defaultdict(list))


def form_of(request: Any) -> bytes:
    if isinstance(request, bytes):
        return request
    return urlencode(list(parameters(request)), errors="surrogatepass").encode()


def parameters(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """A request as a form has it."""
    inner: Mapping[str, Any] | None = None
    if isinstance(value, dict):
        inner = {f"{name}.{key}".removeprefix("."): part for key, part in value.items()}
    elif isinstance(value, list):
        inner = {f"{name}.member.{number}": part for number, part in enumerate(value, 1)}
    if not inner:
        yield name, "" if inner is not None else str(value)
        return
    for key, part in inner.items():
        yield from parameters(part, key)


async def refused(iam: FakeIam, operation: str, body: bytes) -> KeytideError | None:
    try:
        await iam.send(operation, body)
    except KeytideError as error:
        return error
    return None


@pytest.mark.parametrize("operation", WITH_MEMBERS)
async def test_no_request_breaks_anything(operation: str) -> None:
    iam = await peopled()
    requests = Requests(operation, await known_to(iam), Random(f"{SEED}/{operation}"), MODEL)
    shapes = MODEL.operation_model(operation).error_shapes
    allowed = {shape.metadata["error"]["code"] for shape in shapes} | COMMON_CODES
    for _ in range(REQUESTS):
        request, before = requests.make(), len(iam.region.appended)
        refusal = await refused(iam, operation, form_of(request))
        told = f"{operation} {request!r}: {refusal} (KEYTIDE_TEST_SEED={SEED} KEYTIDE_TEST_REQUESTS={REQUESTS})"
        if refusal is None:
            requests.was_granted(request)
        else:
            assert row_of(refusal).query_code in allowed, told
            assert len(iam.region.appended) == before, told


async def test_most_operations_grant_something() -> None:
    """Requests that are all refused would try nothing."""
    granting = set()
    for operation in WITH_MEMBERS:
        iam = await peopled()
        requests = Requests(operation, await known_to(iam), Random(operation), MODEL)
        answers = [await refused(iam, operation, form_of(requests.make())) for _ in range(40)]
        granting |= {operation} if None in answers else set()
    assert len(granting) > 0.75 * len(WITH_MEMBERS), set(WITH_MEMBERS) - granting


async def test_a_fault_would_show(monkeypatch: pytest.MonkeyPatch) -> None:
    iam = await peopled()
    monkeypatch.setattr(iam.region.view, "entities", None)
    with pytest.raises(TypeError):
        await refused(iam, "ListUsers", b"")
