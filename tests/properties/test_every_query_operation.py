"""Requests of every operation of IAM, from the service model and mutated: never a fault.

What is refused has a name that the model knows, and changes nothing. `KEYTIDE_TEST_REQUESTS` sets how many requests
each operation gets.
"""

import asyncio
import os
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

import botocore.session
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from services.region_node.iam.table import IAM_OPERATIONS
from services.region_node.wire.error_table import row_of
from shared.errors import KeytideError
from tests.properties.requests_of_the_model import Names, requests
from tests.services.region_node.iam.asking import POLICY, TRUST, FakeIam
from tests.services.region_node.operations.fake_region import ACCOUNT

REQUESTS = int(os.environ.get("KEYTIDE_TEST_REQUESTS", "50"))
MODEL: Any = botocore.session.Session().get_service_model("iam")
COMMON_CODES = {"ValidationError", "MalformedQueryString", "NoSuchEntity", "InvalidInput"}
USERS, GROUPS, ROLES = ("alice", "bob"), ("Admins",), ("Ops",)
POLICIES = (f"arn:aws:iam::{ACCOUNT}:policy/Use", "arn:aws:iam::aws:policy/AdministratorAccess")
PROVIDERS = (f"arn:aws:iam::{ACCOUNT}:oidc-provider/issuer.example",)
NAMES = Names(
    {
        **dict.fromkeys(("userNameType", "existingUserNameType"), USERS),
        "groupNameType": GROUPS,
        "roleNameType": ROLES,
        "policyNameType": ("Use", "own"),
        "policyVersionIdType": ("v1", "v2"),
        "pathType": ("/", "/a/"),
        "pathPrefixType": ("/", "/a"),
        "policyPathType": ("/", "/a/"),
        "policyDocumentType": (POLICY, TRUST),
        "arnType": (*POLICIES, *PROVIDERS, *(f"arn:aws:iam::{ACCOUNT}:user/{name}" for name in USERS)),
        "ActionNameType": ("kms:Encrypt", "iam:CreateUser"),
        "ResourceNameType": ("*", f"arn:aws:iam::{ACCOUNT}:user/alice"),
        "OpenIDConnectProviderUrlType": ("https://issuer.example", "https://other.example/a"),
        "tagKeyType": ("team", "Team"),
    }
)


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


@pytest.mark.parametrize("operation", IAM_OPERATIONS)
def test_no_request_breaks_anything(operation: str) -> None:
    with asyncio.Runner() as runner:
        iam = runner.run(peopled())
        shapes = MODEL.operation_model(operation).error_shapes
        allowed = {shape.metadata["error"]["code"] for shape in shapes} | COMMON_CODES

        @settings(
            max_examples=REQUESTS,
            deadline=None,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        )
        @given(request=requests(operation, NAMES, MODEL))
        def asks(request: Any) -> None:
            before, body = len(iam.region.appended), urlencode(list(parameters(request))).encode()
            refusal = runner.run(refused(iam, operation, body))
            if refusal is not None:
                assert row_of(refusal).query_code in allowed, refusal
                assert len(iam.region.appended) == before

        asks()
