"""What policies can ask of a request."""

from collections.abc import Mapping
from typing import Any

import pytest

from services.region_node.authorization.asked import LASTING_MOST, Asked, Facts, Tables
from services.region_node.authorization.permission import TABLES
from services.region_node.operations.table import OPERATIONS
from services.region_node.requests.call import Arrival, Call, Caller, Session
from services.region_node.wire.shapes import compile_request
from shared.crypto.attestation.model import Attestation, Source
from shared.keys.lookup import held_key
from shared.keys.model import Key
from shared.policy.question import Principal, PrincipalKind, Values
from shared.policy.ready import Lasting
from tests.services.region_node.operations.fake_region import ACCOUNT, FakeRegion
from tests.shared.keys.examples import NAME, SINGLE, view_with

KEY = held_key(view_with(SINGLE), NAME)
ROLE = f"arn:aws:iam::{ACCOUNT}:role/Signer"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/Signer/build"
GRANTEE = f"arn:aws:iam::{ACCOUNT}:user/bob"


def facts(call: Call, operation: str, action: str, key: Key | None = KEY, **parameters: Any) -> Facts:
    call.request = compile_request(OPERATIONS[operation].request)(parameters)
    return Facts(Asked(call, action, key), TABLES)


OF_REQUESTS: tuple[tuple[str, str, Mapping[str, Any], Mapping[str, Values | None]], ...] = (
    (
        "Encrypt",
        "kms:Encrypt",
        {"KeyId": "k", "Plaintext": "YQ==", "EncryptionContext": {"Tenant": "Blue"}},
        {
            "kms:encryptioncontext:tenant": "Blue",
            "kms:encryptioncontext:other": None,
            "kms:encryptioncontextkeys": ("Tenant",),
            "kms:encryptionalgorithm": "SYMMETRIC_DEFAULT",
        },
    ),
    (
        "ReEncrypt",
        "kms:ReEncryptTo",
        {
            "DestinationKeyId": "k",
            "CiphertextBlob": "YQ==",
            "SourceEncryptionContext": {"of": "source"},
            "DestinationEncryptionContext": {"of": "destination"},
            "SourceEncryptionAlgorithm": "RSAES_OAEP_SHA_1",
        },
        {"kms:encryptioncontext:of": "destination", "kms:encryptionalgorithm": "SYMMETRIC_DEFAULT"},
    ),
    (
        "ReEncrypt",
        "kms:ReEncryptFrom",
        {
            "DestinationKeyId": "k",
            "CiphertextBlob": "YQ==",
            "SourceEncryptionContext": {"of": "source"},
            "SourceEncryptionAlgorithm": "RSAES_OAEP_SHA_1",
        },
        {"kms:encryptioncontext:of": "source", "kms:encryptionalgorithm": "RSAES_OAEP_SHA_1"},
    ),
    (
        "GenerateDataKeyPair",
        "kms:GenerateDataKeyPair",
        {"KeyId": "k", "KeyPairSpec": "RSA_2048"},
        {"kms:datakeypairspec": "RSA_2048", "kms:encryptionalgorithm": "SYMMETRIC_DEFAULT"},
    ),
    (
        "Sign",
        "kms:Sign",
        {"KeyId": "k", "Message": "YQ==", "SigningAlgorithm": "ECDSA_SHA_256"},
        {"kms:signingalgorithm": "ECDSA_SHA_256", "kms:messagetype": "RAW", "kms:encryptionalgorithm": None},
    ),
    (
        "GenerateMac",
        "kms:GenerateMac",
        {"KeyId": "k", "Message": "YQ==", "MacAlgorithm": "HMAC_SHA_256"},
        {"kms:macalgorithm": "HMAC_SHA_256"},
    ),
    (
        "CreateGrant",
        "kms:CreateGrant",
        {
            "KeyId": "k",
            "GranteePrincipal": GRANTEE,
            "Operations": ["Encrypt", "Decrypt"],
            "Constraints": {"EncryptionContextSubset": {"Tenant": "Blue"}},
        },
        {
            "kms:granteeprincipal": GRANTEE,
            "kms:grantoperations": ("Encrypt", "Decrypt"),
            "kms:grantconstrainttype": "EncryptionContextSubset",
            "kms:encryptioncontext:tenant": "Blue",
            "kms:grantisforawsresource": "false",
            "kms:retiringprincipal": None,
        },
    ),
    ("EnableKeyRotation", "kms:EnableKeyRotation", {"KeyId": "k"}, {"kms:rotationperiodindays": "365"}),
    (
        "ScheduleKeyDeletion",
        "kms:ScheduleKeyDeletion",
        {"KeyId": "k", "PendingWindowInDays": 7},
        {"kms:schedulekeydeletionpendingwindowindays": "7", "kms:trailingdayswithoutkeyusage": "0"},
    ),
    (
        "ImportKeyMaterial",
        "kms:ImportKeyMaterial",
        {"KeyId": "k", "ImportToken": "YQ==", "EncryptedKeyMaterial": "YQ==", "ValidTo": 1_893_456_000},
        {"kms:validto": "2030-01-01T00:00:00Z", "kms:expirationmodel": "KEY_MATERIAL_EXPIRES"},
    ),
    (
        "PutKeyPolicy",
        "kms:PutKeyPolicy",
        {"KeyId": "k", "Policy": "{}", "BypassPolicyLockoutSafetyCheck": True},
        {"kms:bypasspolicylockoutsafetycheck": "true", "kms:policyname": "default"},
    ),
    (
        "TagResource",
        "kms:TagResource",
        {"KeyId": "k", "Tags": [{"TagKey": "Team", "TagValue": "Blue"}]},
        {"aws:requesttag/team": "Blue", "aws:tagkeys": ("Team",)},
    ),
    ("UntagResource", "kms:UntagResource", {"KeyId": "k", "TagKeys": ["Team"]}, {"aws:tagkeys": ("Team",)}),
    (
        "ReplicateKey",
        "kms:ReplicateKey",
        {"KeyId": "k", "ReplicaRegion": "eu-west-1"},
        {"kms:replicaregion": "eu-west-1"},
    ),
)


@pytest.mark.parametrize(("operation", "action", "parameters", "expected"), OF_REQUESTS)
def test_a_request_shows_its_parameters(
    region: FakeRegion,
    operation: str,
    action: str,
    parameters: Mapping[str, Any],
    expected: Mapping[str, Values | None],
) -> None:
    found = facts(region.call(), operation, action, KEY, **parameters)
    assert {name: found.get(name) for name in expected} == expected


def test_a_key_shows_what_it_is(region: FakeRegion) -> None:
    tagged = KEY._replace(tags=(("Team", "Blue"),), primary_region="eu-west-1")
    found = facts(region.call(), "DescribeKey", "kms:DescribeKey", tagged, KeyId="k")
    expected = {
        "kms:keyspec": KEY.spec,
        "kms:keyusage": KEY.usage,
        "kms:keyorigin": KEY.origin,
        "kms:multiregion": "true",
        "kms:multiregionkeytype": "REPLICA",
        "aws:resourcetag/team": "Blue",
        "aws:resourceaccount": KEY.account,
        "kms:calleraccount": ACCOUNT,
    }
    assert {name: found.get(name) for name in expected} == expected


def test_a_key_that_is_to_be_made_shows_what_it_shall_be(region: FakeRegion) -> None:
    parameters = {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY", "MultiRegion": True}
    found = facts(region.call(), "CreateKey", "kms:CreateKey", None, **parameters)
    expected = {
        "kms:keyspec": "ECC_NIST_P256",
        "kms:keyusage": "SIGN_VERIFY",
        "kms:keyorigin": "AWS_KMS",
        "kms:multiregion": "true",
        "kms:multiregionkeytype": "PRIMARY",
    }
    assert {name: found.get(name) for name in expected} == expected


def test_a_request_shows_the_alias_that_it_named(region: FakeRegion) -> None:
    call = region.call()
    assert Facts(Asked(call, "kms:Encrypt", KEY, "alias/app"), TABLES).get("kms:requestalias") == "alias/app"
    assert Facts(Asked(call, "kms:Encrypt", KEY), TABLES).get("kms:requestalias") is None


def test_a_session_shows_its_role_and_its_tags(region: FakeRegion) -> None:
    call = region.call()
    principal = Principal(PrincipalKind.SESSION, ACCOUNT, SESSION, "AROAEXAMPLE", ROLE)
    session = Session(1_700_000_000_000, tags=(("Team", "Blue"),), source_identity="alice")
    call.caller = Caller(ACCOUNT, SESSION, "AROAEXAMPLE:build", "ASIAEXAMPLE", principal, session)
    call.arrival = Arrival("203.0.113.7", "aws-cli/2", secure=True)
    found = facts(call, "ListKeys", "kms:ListKeys", None)
    expected = {
        "aws:principalarn": ROLE,
        "aws:principaltype": "AssumedRole",
        "aws:principaltag/team": "Blue",
        "aws:userid": "AROAEXAMPLE:build",
        "aws:username": None,
        "aws:tokenissuetime": "2023-11-14T22:13:20Z",
        "aws:multifactorauthpresent": "false",
        "aws:sourceidentity": "alice",
        "aws:sourceip": "203.0.113.7",
        "aws:useragent": "aws-cli/2",
        "aws:securetransport": "true",
    }
    assert {name: found.get(name) for name in expected} == expected


def test_a_long_term_access_key_shows_no_session(region: FakeRegion) -> None:
    found = facts(region.call(), "ListKeys", "kms:ListKeys", None)
    expected = {"aws:username": "alice", "aws:tokenissuetime": None, "aws:multifactorauthpresent": None}
    assert {name: found.get(name) for name in expected} == expected


def test_a_recipient_shows_what_it_has_proven(region: FakeRegion) -> None:
    call = region.call()
    call.attestation = Attestation(Source.ENCLAVE, "i-1", {0: "ab", 8: "cd"}, None)
    found = facts(call, "Decrypt", "kms:Decrypt", KEY, CiphertextBlob="YQ==")
    assert found.get("kms:recipientattestation:imagesha384") == "ab"
    assert found.get("kms:recipientattestation:pcr8") == "cd"
    assert found.get("kms:recipientattestation:nitrotpmpcr8") is None


def test_all_facts_of_a_request_can_be_told(region: FakeRegion) -> None:
    found = dict(facts(region.call(), "Encrypt", "kms:Encrypt", KEY, KeyId="k", Plaintext="YQ=="))
    assert found["kms:keyspec"] == KEY.spec
    assert all(isinstance(values, str | tuple) and values for values in found.values())


@pytest.mark.parametrize("key", ["kms:keyspec", "kms:validto", "aws:requesttag/team", "aws:requesttag/none", "other"])
def test_a_fact_is_found_once_however_often_it_is_asked_for(region: FakeRegion, key: str) -> None:
    found: list[str] = []

    def fact(_asked: Asked) -> str:
        found.append("fact")
        return "spec"

    def absent(_asked: Asked) -> None:
        found.append("absent")

    def family(_asked: Asked) -> Mapping[str, Values]:
        found.append("family")
        return {"team": "blue"}

    tables = Tables({"kms:keyspec": fact, "kms:validto": absent}, {"aws:requesttag/": family})
    facts = Facts(Asked(region.call(), "kms:Encrypt"), tables)
    expected = {"kms:keyspec": "spec", "aws:requesttag/team": "blue"}.get(key)
    assert [facts.get(key) for _ in range(3)] == [expected] * 3
    assert len(found) == (key != "other")


def test_only_what_lasts_is_told_to_other_requests(region: FakeRegion) -> None:
    found: list[str] = []

    def noted(asked: Asked) -> str:
        found.append(asked.action)
        return asked.action

    def tags(asked: Asked) -> Mapping[str, Values]:
        return {"team": noted(asked)}

    keys = ("kms:keyspec", "kms:validto", "aws:principaltag/team", "aws:requesttag/team")
    tables = Tables(
        {"kms:keyspec": noted, "kms:validto": noted},
        {"aws:principaltag/": tags, "aws:requesttag/": tags},
        frozenset({"kms:keyspec", "aws:principaltag/"}),
    )
    lasting: Lasting = {}
    for action in ("first", "second"):
        facts = Facts(Asked(region.call(), action), tables, lasting=lasting)
        told = [facts.get(key) for key in keys]
    assert told == ["first", "second", "first", "second"]
    assert found == ["first"] * 3 + ["second"] * 2  # a family is asked once for all its names


def test_what_lasts_is_bounded(region: FakeRegion) -> None:
    tables = Tables({}, {"a:b/": lambda _asked: {}}, frozenset({"a:b/"}))
    lasting: Lasting = {}
    facts = Facts(Asked(region.call(), "kms:Encrypt"), tables, lasting=lasting)
    assert [facts.get(f"a:b/{number}") for number in range(2 * LASTING_MOST)] == [None] * (2 * LASTING_MOST)
    assert len(lasting) == LASTING_MOST


OTHERWISE: Mapping[str, Any] = {
    "EncryptionContext": {"a": "b"},
    "DestinationEncryptionContext": {"c": "d"},
    "SourceEncryptionContext": {"e": "f"},
    "SourceEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
    "EncryptionAlgorithm": "RSAES_OAEP_SHA_1",
    "DestinationKeyId": "l",
    "KeyPairSpec": "ECC_NIST_P256",
    "SigningAlgorithm": "ECDSA_SHA_384",
    "MessageType": "DIGEST",
    "MacAlgorithm": "HMAC_SHA_512",
    "GranteePrincipal": f"arn:aws:iam::{ACCOUNT}:user/carol",
    "RetiringPrincipal": GRANTEE,
    "Operations": ["Sign"],
    "Constraints": {"EncryptionContextEquals": {"Tenant": "Red"}},
    "RotationPeriodInDays": 90,
    "PendingWindowInDays": 9,
    "ValidTo": 1_993_456_000,
    "BypassPolicyLockoutSafetyCheck": False,
    "Tags": [{"TagKey": "Squad", "TagValue": "Red"}],
    "TagKeys": ["Squad"],
    "ReplicaRegion": "ap-southeast-2",
    "KeyId": "l",
}
"""Another value for each parameter that a fact may be of."""


def two_requests(region: FakeRegion, operation: str, action: str, parameters: Mapping[str, Any]) -> list[Facts]:
    """Of one caller at one address for one action on one key, and different in all else that a client may choose."""
    one, other = region.call(), region.call()
    other.arrival = Arrival(one.arrival.source, "another", one.arrival.secure)
    other.now, other.request_id = one.now + 3 * 86_400_000, "another"
    other.attestation = Attestation(Source.ENCLAVE, "i-1", {0: "ab"}, None)
    read = compile_request(OPERATIONS[operation].request)  # it passes over the parameters of other operations
    one.request, other.request = read(parameters), read({**parameters, **OTHERWISE})
    return [Facts(Asked(one, action, KEY), TABLES), Facts(Asked(other, action, KEY, "alias/other"), TABLES)]


@pytest.mark.parametrize(("operation", "action", "parameters", "_expected"), OF_REQUESTS)
def test_what_lasts_does_not_depend_on_the_request(
    region: FakeRegion, operation: str, action: str, parameters: Mapping[str, Any], _expected: object
) -> None:
    first, second = two_requests(region, operation, action, parameters)
    for key in TABLES.lasting:
        assert key in TABLES.facts or key in TABLES.families
        names = [key] if key in TABLES.facts else [f"{key}{name}" for name in ("team", "squad", "tenant", "pcr0")]
        assert [first.get(name) for name in names] == [second.get(name) for name in names], key


def test_a_name_that_people_choose_may_hold_what_separates_its_prefix(region: FakeRegion) -> None:
    tables = Tables({}, {"kms:encryptioncontext:": lambda _asked: {"a/b:c": "1", "": "2"}})
    facts = Facts(Asked(region.call(), "kms:Encrypt"), tables)
    assert facts.get("kms:encryptioncontext:a/b:c") == "1"
    assert facts.get("kms:encryptioncontext:") == "2"
    assert facts.get("kms:encryptioncontext") is None


def test_a_replica_s_creation_shows_nothing_of_a_new_key(region: FakeRegion) -> None:
    """ReplicateKey asks for kms:CreateKey too, with a request that says nothing of spec and origin."""
    found = facts(region.call(), "ReplicateKey", "kms:CreateKey", None, KeyId="k", ReplicaRegion="eu-west-1")
    assert {found.get(key) for key in ("kms:keyspec", "kms:keyorigin", "kms:multiregion")} == {None}
    assert dict(found)["kms:bypasspolicylockoutsafetycheck"] == "false"
