"""From `X-Amz-Target` to an operation, or to why there is none."""

import pytest

from services.region_node.operations.api import API_OPERATIONS
from services.region_node.operations.table import OPERATIONS
from services.region_node.routes import ROUTES, no_route
from shared.errors import UnknownOperation, UnsupportedOperation

TARGETS = [f"TrentService.{name}".encode() for name in sorted(API_OPERATIONS - set(OPERATIONS))]


@pytest.mark.parametrize("target", TARGETS)
def test_an_operation_that_is_not_there_yet_is_refused_by_its_name(target: bytes) -> None:
    assert target not in ROUTES
    error = no_route(target)
    assert isinstance(error, UnsupportedOperation)
    assert target.removeprefix(b"TrentService.").decode() in error.message


@pytest.mark.parametrize("target", [b"", b"TrentService.", b"TrentService.Nothing", b"Other.Encrypt", b"CreateGrant"])
def test_a_name_that_nobody_knows_is_an_unknown_operation(target: bytes) -> None:
    assert isinstance(no_route(target), UnknownOperation)
