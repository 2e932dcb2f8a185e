"""Every type of the operations, held against the service model that botocore ships."""

import itertools
from typing import Any

import botocore.session
import pytest

from services.region_node.operations.table import OPERATIONS, Operation
from tests.services.region_node.wire.model_conformance import differences

MODEL = botocore.session.Session().get_service_model("kms")


def structures(operation: Operation) -> list[tuple[str, type[Any], Any, bool]]:
    """The operation's own types with their shapes, and whether they are requests."""
    model = MODEL.operation_model(operation.name)
    pairs = [(f"{operation.name} request", operation.request, model.input_shape, True)]
    if operation.response is not None:
        pairs.append((f"{operation.name} response", operation.response, model.output_shape, False))
    return pairs


CASES = list(itertools.chain.from_iterable(structures(row) for row in OPERATIONS.values()))


@pytest.mark.parametrize(("name", "shape", "model", "is_request"), CASES, ids=[case[0] for case in CASES])
def test_type_carries_every_member_and_constraint(name: str, shape: type[Any], model: Any, is_request: bool) -> None:
    assert differences(shape, model, name, is_request) == []


def test_an_empty_body_is_answered_exactly_where_the_model_has_no_output() -> None:
    for row in OPERATIONS.values():
        assert (row.response is None) == (MODEL.operation_model(row.name).output_shape is None), row.name
