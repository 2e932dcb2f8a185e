"""The table of operations is whole and agrees with itself."""

import inspect

import botocore.session

from services.region_node.operations import table
from services.region_node.operations.rules import Identifiers
from services.region_node.operations.table import OPERATIONS, AuditClass
from shared.keys.lifecycle import CELLS

MODEL = botocore.session.Session().get_service_model("kms")


def test_the_table_has_every_operation_of_the_api_and_no_other() -> None:
    assert set(OPERATIONS) == set(MODEL.operation_names)


def test_no_operation_stands_in_two_rows() -> None:
    assert len(OPERATIONS) == len(table._ROWS)


def test_handlers_are_asynchronous_exactly_where_they_change_something() -> None:
    for row in OPERATIONS.values():
        assert inspect.iscoroutinefunction(row.handler) == row.changes, row.name


def test_handlers_take_the_request_of_their_row() -> None:
    for row in OPERATIONS.values():
        assert inspect.signature(row.handler).parameters["request"].annotation is row.request, row.name


def test_every_rule_has_its_row_of_key_states() -> None:
    for row in OPERATIONS.values():
        for rule in row.rules:
            assert (rule.state_row is None) == (rule.identifiers is Identifiers.NONE), row.name
            assert rule.state_row is None or rule.state_row in CELLS, row.name


def test_only_uses_descriptions_and_grants_may_cross_accounts() -> None:
    crossing = {row.name for row in OPERATIONS.values() if any(rule.cross_account for rule in row.rules)}
    assert crossing == {
        "DescribeKey",
        "GetKeyRotationStatus",
        "CreateGrant",
        "ListGrants",
        "RetireGrant",
        "RevokeGrant",
        "Encrypt",
        "Decrypt",
        "ReEncrypt",
        "GenerateDataKey",
        "GenerateDataKeyWithoutPlaintext",
        "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext",
        "Sign",
        "Verify",
        "GenerateMac",
        "VerifyMac",
        "DeriveSharedSecret",
        "Encapsulate",
        "Decapsulate",
        "GetPublicKey",
    }


def test_what_hands_out_or_uses_secrets_is_audited_first() -> None:
    uses = {row.name for row in OPERATIONS.values() if row.audit is AuditClass.KEY_USE}
    assert uses == {
        "Encrypt",
        "Decrypt",
        "ReEncrypt",
        "GenerateDataKey",
        "GenerateDataKeyWithoutPlaintext",
        "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext",
        "Sign",
        "Verify",
        "GenerateMac",
        "VerifyMac",
        "DeriveSharedSecret",
        "Encapsulate",
        "Decapsulate",
        "GenerateRandom",
    }
