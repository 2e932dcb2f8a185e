"""When the constraints of a grant hold.

Cases follow the AWS KMS API Reference, GrantConstraints, and the Developer Guide, "Using grant constraints".
"""

from typing import Any

import pytest

from shared.policy.grant_match import gives
from tests.shared.policy.questions import GRANT, key_policy, question

TWO = (("App", "payments"), ("Stage", "prod"))
SOURCE = "arn:aws:s3:::bucket"


@pytest.mark.parametrize(
    ("constraint", "operation", "context", "expected"),
    [
        ({}, "Encrypt", None, True),
        ({}, "Decrypt", None, False),
        ({"encryption_context_equals": TWO}, "Encrypt", dict(TWO), True),
        ({"encryption_context_equals": TWO}, "Encrypt", {"Stage": "prod", "App": "payments"}, True),
        ({"encryption_context_equals": TWO}, "Encrypt", {**dict(TWO), "More": "x"}, False),
        ({"encryption_context_equals": TWO}, "Encrypt", {"App": "payments"}, False),
        ({"encryption_context_equals": TWO}, "Encrypt", {"app": "payments", "Stage": "prod"}, False),
        ({"encryption_context_equals": TWO}, "Encrypt", None, False),
        ({"encryption_context_equals": ()}, "Encrypt", {"App": "payments"}, False),
        ({"encryption_context_equals": ()}, "Encrypt", None, True),
        ({"encryption_context_subset": TWO}, "Encrypt", {**dict(TWO), "More": "x"}, True),
        ({"encryption_context_subset": TWO}, "Encrypt", {"App": "payments"}, False),
        ({"encryption_context_subset": TWO}, "Encrypt", {"App": "Payments", "Stage": "prod"}, False),
        ({"encryption_context_subset": TWO}, "DescribeKey", None, True),
        ({"encryption_context_equals": TWO}, "RetireGrant", None, True),
        ({"encryption_context_equals": TWO}, "CreateGrant", {"App": "payments"}, False),
    ],
)
def test_encryption_context(
    constraint: dict[str, Any], operation: str, context: dict[str, str] | None, expected: bool
) -> None:
    grant = GRANT._replace(operations=("Encrypt", "DescribeKey", "RetireGrant", "CreateGrant"), **constraint)
    asked = question("alice", key_policy())._replace(grant_operation=operation, encryption_context=context)
    assert gives(grant, asked) is expected


@pytest.mark.parametrize(
    ("operation", "source", "expected"),
    [
        ("Encrypt", SOURCE, True),
        ("Encrypt", f"{SOURCE}2", False),
        ("Encrypt", None, False),
        ("DescribeKey", None, False),
        ("DescribeKey", SOURCE, True),
        ("RetireGrant", None, True),
    ],
)
def test_source(operation: str, source: str | None, expected: bool) -> None:
    grant = GRANT._replace(operations=("Encrypt", "DescribeKey", "RetireGrant"), source_arn=SOURCE)
    context = {} if source is None else {"aws:sourcearn": source}
    asked = question("alice", key_policy(), context=context)._replace(grant_operation=operation)
    assert gives(grant, asked) is expected
