"""Every type of the operations of IAM and STS, held against the service models that botocore ships."""

from typing import Any

import botocore.session
import pytest

from services.region_node.requests.query_operation import QueryOperation
from services.region_node.requests.routes import QUERY_ROUTES
from services.region_node.wire.query_protocol import QUERY_SERVICES
from tests.services.region_node.wire.model_conformance import differences

SESSION = botocore.session.Session()
MODELS: dict[str, Any] = {name: SESSION.get_service_model(name) for name in QUERY_SERVICES}
ROWS = [(service, route.operation) for (service, _), route in QUERY_ROUTES.items()]


@pytest.mark.parametrize(("service", "row"), ROWS, ids=[f"{service}-{row.name}" for service, row in ROWS])
def test_types_carry_every_member_and_constraint(service: str, row: QueryOperation) -> None:
    model = MODELS[service].operation_model(row.name)
    if model.input_shape is None:
        assert row.request._fields == ()
    else:
        assert differences(row.request, model.input_shape, row.name, is_request=True) == []
    assert (row.response is None) == (model.output_shape is None)
    if row.response is not None:
        assert differences(row.response, model.output_shape, row.name, is_request=False) == []


@pytest.mark.parametrize("service", QUERY_SERVICES)
def test_version_and_namespace_are_the_model_s(service: str) -> None:
    model, own = MODELS[service], QUERY_SERVICES[service]
    assert (own.version, own.namespace) == (model.api_version, model.metadata["xmlNamespace"])


@pytest.mark.parametrize(("service", "row"), ROWS, ids=[f"{service}-{row.name}" for service, row in ROWS])
def test_the_permission_is_named_after_the_operation(service: str, row: QueryOperation) -> None:
    assert row.action in (None, f"{service}:{row.name}")
