"""IAM without log, store or HTTP: botocore writes the form and reads the XML, a fake region is in between."""

import inspect
from typing import Any
from urllib.parse import urlencode

import botocore.session
from botocore.handlers import json_decode_policies
from botocore.parsers import QueryParser
from botocore.serialize import create_serializer

from services.region_node.requests.routes import QUERY_ROUTES
from shared.events import AccountCreated
from shared.identifiers import user_stream
from shared.policy.principals import account_root
from shared.policy.question import Principal, PrincipalKind
from tests.services.region_node.operations.fake_region import ACCOUNT, FakeRegion

MODEL: Any = botocore.session.get_session().get_service_model("iam")
POLICY = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]}'
TRUST = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": '
    '"sts:AssumeRole"}]}'
)
ROOT = Principal(PrincipalKind.ROOT, ACCOUNT, account_root(ACCOUNT), ACCOUNT)


class FakeIam:
    """The IAM of one account without users, whose home is `region`.

    Everything is asked with the rights of the root user, under the name of `caller`.
    """

    def __init__(self, region: str = "us-east-1", home: str = "us-east-1") -> None:
        self.region = FakeRegion(region)
        self.region.view.apply([AccountCreated(ACCOUNT, home, "name")], origin=None if home == region else home)
        self.region.view.states.pop(user_stream(ACCOUNT, "alice"))
        self.caller = f"arn:aws:iam::{ACCOUNT}:user/alice"

    async def ask(self, operation: str, /, command_id: str | None = None, **parameters: Any) -> dict[str, Any]:
        """The answer as botocore reads it. Errors: those of the operation."""
        written = create_serializer("query").serialize_to_request(parameters, MODEL.operation_model(operation))["body"]
        return read(operation, await self.send(operation, urlencode(written).encode(), command_id))

    async def send(self, operation: str, body: bytes, command_id: str | None = None) -> bytes:
        """The body of the answer to a form. Errors: those of the operation."""
        route = QUERY_ROUTES["iam", operation]
        request = route.decode(route.parse(body))
        call = self.region.call(ACCOUNT, command_id, operation)
        call.caller = call.caller._replace(arn=self.caller, principal=ROOT)
        answer = route.operation.handle(call, request)
        if inspect.isawaitable(answer):
            answer = await answer
        return route.render(answer, "request-1")


def read(operation: str, body: bytes) -> dict[str, Any]:
    model = MODEL.operation_model(operation)
    parsed: dict[str, Any] = QueryParser().parse({"status_code": 200, "headers": {}, "body": body}, model.output_shape)
    assert parsed.pop("ResponseMetadata")["RequestId"] == "request-1"
    json_decode_policies(parsed, model)
    return parsed
