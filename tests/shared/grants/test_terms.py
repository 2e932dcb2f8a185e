"""Which grants may be: every rule as a row."""

import pytest

from shared.errors import InvalidArn, KeytideError, ValidationFailed
from shared.grants.operations import GRANT_OPERATIONS, grantable, in_order
from shared.grants.terms import checked, require_fit
from shared.keys.specs import ALGORITHMS, SYMMETRIC_DEFAULT
from tests.shared.grants.examples import BOB, SERVICE, SOURCE, TERMS
from tests.shared.keys.examples import ACCOUNT, KEY_ID, SINGLE, view_with

PAIRS = tuple((f"key{number}", "value") for number in range(9))
TO_SERVICE = {"grantee_principal": None, "grantee_service_principal": SERVICE}


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        ({"operations": ()}, ValidationFailed, "1 validation error detected: Value '[]' at 'operations' failed"),
        ({"operations": ("CreateGrant",)}, ValidationFailed, "Grants must not contain only the CreateGrant operation."),
        ({"operations": ("CreateGrant",) * 2}, ValidationFailed, "Grants must not contain only the CreateGrant"),
        ({"grantee_principal": None}, ValidationFailed, "You must specify either GranteePrincipal or"),
        ({"grantee_service_principal": SERVICE}, ValidationFailed, "You must specify either GranteePrincipal or"),
        (
            {"retiring_principal": BOB, "retiring_service_principal": SERVICE},
            ValidationFailed,
            "You can specify either RetiringPrincipal or RetiringServicePrincipal, but not both.",
        ),
        (TO_SERVICE, ValidationFailed, "A grant with a GranteeServicePrincipal must have a SourceArn"),
        (
            {**TO_SERVICE, "source_arn": SOURCE},
            ValidationFailed,
            "A grant with a GranteeServicePrincipal must have a R",
        ),
        (
            {"encryption_context_equals": (), "encryption_context_subset": ()},
            ValidationFailed,
            "More than one constraint supplied",
        ),
        ({"encryption_context_equals": PAIRS}, ValidationFailed, "An encryption context grant constraint can have at"),
        ({"encryption_context_subset": PAIRS}, ValidationFailed, "An encryption context grant constraint can have at"),
        (
            {"encryption_context_subset": (("k", "v" * 385),)},
            ValidationFailed,
            "A value in an encryption context grant",
        ),
        ({"encryption_context_subset": (("ü" * 4096, "v"),)}, ValidationFailed, "The encryption context is longer"),
        ({"grantee_principal": "*"}, InvalidArn, "ARN does not refer to a valid principal: *"),
        ({"grantee_principal": "111122223333"}, InvalidArn, "ARN does not refer to a valid principal: 111122223333"),
        ({"grantee_principal": SERVICE}, InvalidArn, "ARN does not refer to a valid principal"),
        ({"grantee_principal": "arn:aws:iam::111122223333:group/all"}, InvalidArn, "ARN does not refer"),
        ({"grantee_principal": "arn:aws:iam::111122223333:user/"}, InvalidArn, "ARN does not refer"),
        ({"grantee_principal": "arn:aws:iam::111122223333:user/*"}, InvalidArn, "ARN does not refer"),
        ({"grantee_principal": "arn:aws:iam::1111:root"}, InvalidArn, "ARN does not refer"),
        ({"grantee_principal": "arn:aws-cn:iam::111122223333:root"}, InvalidArn, "ARN does not refer"),
        ({"retiring_principal": "AIDAEXAMPLEEXAMPLE"}, InvalidArn, "ARN does not refer"),
    ],
)
def test_grants_that_may_not_be(changes: dict[str, object], error: type[KeytideError], text: str) -> None:
    with pytest.raises(error) as refused:
        checked(TERMS._replace(**changes))  # type: ignore[arg-type]
    assert refused.value.message.startswith(text)


@pytest.mark.parametrize(
    "changes",
    [
        {"operations": ("CreateGrant", "DescribeKey")},
        {"grantee_principal": "arn:aws:iam::111122223333:root"},
        {"grantee_principal": "arn:aws:iam::111122223333:role/path/name"},
        {"grantee_principal": "arn:aws:sts::111122223333:assumed-role/name/session@x"},
        {"grantee_principal": "arn:aws:sts::111122223333:federated-user/name"},
        {**TO_SERVICE, "source_arn": SOURCE, "retiring_principal": BOB},
        {**TO_SERVICE, "source_arn": SOURCE, "retiring_service_principal": SERVICE},
        {"encryption_context_equals": ()},
        {"encryption_context_equals": PAIRS[:8], "source_arn": SOURCE},
        {"encryption_context_subset": (("k", "v" * 384),)},
    ],
)
def test_grants_that_may_be(changes: dict[str, object]) -> None:
    terms = TERMS._replace(**changes)  # type: ignore[arg-type]
    assert checked(terms) == terms._replace(operations=in_order(terms.operations))


def test_the_order_in_which_a_client_says_things_does_not_matter() -> None:
    said = TERMS._replace(
        operations=("DescribeKey", "Encrypt", "Decrypt", "Encrypt"),
        encryption_context_subset=(("b", "1"), ("a", "2")),
    )
    terms = checked(said)
    assert terms.operations == ("Decrypt", "Encrypt", "DescribeKey")
    assert terms.encryption_context_subset == (("a", "2"), ("b", "1"))


EVERY_KEY = {"CreateGrant", "RetireGrant", "DescribeKey"}
ENCRYPTING = {"Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo"}


@pytest.mark.parametrize(
    ("spec", "usage", "own"),
    [
        (
            SYMMETRIC_DEFAULT,
            "ENCRYPT_DECRYPT",
            ENCRYPTING
            | {
                "GenerateDataKey",
                "GenerateDataKeyWithoutPlaintext",
                "GenerateDataKeyPair",
                "GenerateDataKeyPairWithoutPlaintext",
            },
        ),
        ("RSA_2048", "ENCRYPT_DECRYPT", ENCRYPTING | {"GetPublicKey"}),
        ("SM2", "ENCRYPT_DECRYPT", ENCRYPTING | {"GetPublicKey"}),
        ("RSA_4096", "SIGN_VERIFY", {"Sign", "Verify", "GetPublicKey"}),
        ("ML_DSA_44", "SIGN_VERIFY", {"Sign", "Verify", "GetPublicKey"}),
        ("HMAC_256", "GENERATE_VERIFY_MAC", {"GenerateMac", "VerifyMac"}),
        ("ECC_NIST_P256", "KEY_AGREEMENT", {"DeriveSharedSecret", "GetPublicKey"}),
        ("ML_KEM_768", "ENCAPSULATE_DECAPSULATE", {"Encapsulate", "Decapsulate", "GetPublicKey"}),
    ],
)
def test_each_kind_of_key_has_its_operations(spec: str, usage: str, own: set[str]) -> None:
    assert grantable(spec, usage) == own | EVERY_KEY
    key = view_with(SINGLE).key(ACCOUNT, KEY_ID)
    assert key is not None
    key = key._replace(spec=spec, usage=usage)
    for operation in GRANT_OPERATIONS:
        terms = TERMS._replace(operations=(operation, "DescribeKey"))
        if operation in own | EVERY_KEY:
            require_fit(terms, key)
            continue
        with pytest.raises(ValidationFailed, match=rf"\[{operation}\] are not supported in grants on keys with"):
            require_fit(terms, key)


def test_every_pair_of_spec_and_usage_has_a_row_and_every_operation_a_key() -> None:
    pairs = [(spec, usage) for spec, usages in ALGORITHMS.items() for usage in usages]
    assert set().union(*(grantable(*pair) for pair in pairs)) == set(GRANT_OPERATIONS)
    assert in_order(reversed(GRANT_OPERATIONS)) == GRANT_OPERATIONS


@pytest.mark.parametrize("constraint", ["encryption_context_equals", "encryption_context_subset"])
def test_only_symmetric_keys_have_an_encryption_context_to_constrain(constraint: str) -> None:
    key = view_with(SINGLE).key(ACCOUNT, KEY_ID)
    assert key is not None
    terms = TERMS._replace(operations=("DescribeKey",), **{constraint: ()})  # type: ignore[arg-type]
    require_fit(terms, key)
    for spec, usage in (("RSA_2048", "ENCRYPT_DECRYPT"), ("HMAC_256", "GENERATE_VERIFY_MAC")):
        with pytest.raises(ValidationFailed, match="supported only on grants for symmetric encryption"):
            require_fit(terms, key._replace(spec=spec, usage=usage))
        require_fit(
            TERMS._replace(operations=("DescribeKey",), source_arn=SOURCE), key._replace(spec=spec, usage=usage)
        )
