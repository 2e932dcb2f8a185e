"""IAM without log, store or HTTP: botocore writes the form and reads the XML, a fake region is in between."""

import inspect
from typing import Any
from urllib.parse import urlencode

import botocore.session
from botocore.handlers import json_decode_policies
from botocore.parsers import QueryParser
from botocore.serialize import create_serializer

from services.region_node.call import Call
from services.region_node.routes import QUERY_ROUTES
from shared.events import AccountCreated
from tests.services.region_node.operations.fake_region import ACCOUNT, FakeRegion

MODEL: Any = botocore.session.get_session().get_service_model("iam")
POLICY = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]}'
TRUST = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": '
    '"sts:AssumeRole"}]}'
)


class FakeIam:
    """The IAM of one account, whose home is `region`. Everything is asked as `caller`."""

    def __init__(self, region: str = "us-east-1", home: str = "us-east-1") -> None:
        self.region = FakeRegion(region)
        self.region.view.apply([AccountCreated(ACCOUNT, home, "name")], origin=None if home == region else home)
        self.caller = f"arn:aws:iam::{ACCOUNT}:user/alice"
        self.calls: list[Call] = []

    async def ask(self, operation: str, /, command_id: str | None = None, **parameters: Any) -> dict[str, Any]:
        """The answer as botocore reads it. Errors: those of the operation."""
        route = QUERY_ROUTES["iam", operation]
        model = MODEL.operation_model(operation)
        written = create_serializer("query").serialize_to_request(parameters, model)["body"]
        request = route.decode(route.parse(urlencode(written).encode()))
        call = self.region.call(ACCOUNT, command_id, operation)
        call.caller = call.caller._replace(arn=self.caller)
        self.calls.append(call)
        answer = route.operation.handle(call, request)
        if inspect.isawaitable(answer):
            answer = await answer
        return read(operation, route.render(answer, "request-1"))


def read(operation: str, body: bytes) -> dict[str, Any]:
    model = MODEL.operation_model(operation)
    parsed: dict[str, Any] = QueryParser().parse({"status_code": 200, "headers": {}, "body": body}, model.output_shape)
    assert parsed.pop("ResponseMetadata")["RequestId"] == "request-1"
    json_decode_policies(parsed, model)
    return parsed
