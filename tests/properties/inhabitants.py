"""What lives in a region that is asked anything at all: keys of every kind in every state, and what belongs to them.

Owns how each of them is made, with ordinary requests of a client.
"""

import time
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.keys.specs import ALGORITHMS
from tests.properties.remembering import RememberingClient, encoded

MESSAGE = encoded(b"attack at dawn")
CONTEXT = {"purpose": "test"}
SPECS = [
    (spec, usage)
    for spec, usages in ALGORITHMS.items()
    for usage in usages
    if spec != "SM2" or find_spec("gmssl_pyx") is not None
]
IMPORTED: Mapping[str, int] = {"SYMMETRIC_DEFAULT": 32, "HMAC_256": 32, "HMAC_512": 64}
"""Key spec -> bytes that a client brings."""
REPRESENTATIVES: Sequence[dict[str, Any]] = (
    {},
    {"MultiRegion": True},
    {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"},
    {"KeySpec": "ECC_NIST_P256", "KeyUsage": "KEY_AGREEMENT"},
    {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"},
    {"KeySpec": "ML_KEM_768", "KeyUsage": "ENCAPSULATE_DECAPSULATE"},
)
"""Of the keys that are to be in each state, one of every usage."""
STATES: Mapping[str, Sequence[tuple[str, dict[str, Any]]]] = {
    "Disabled": [("DisableKey", {})],
    "PendingDeletion": [("ScheduleKeyDeletion", {"PendingWindowInDays": 7})],
    "enabled again": [("DisableKey", {}), ("EnableKey", {})],
    "kept after all": [("ScheduleKeyDeletion", {}), ("CancelKeyDeletion", {})],
}
"""State -> what brings a key there."""


def settle(client: RememberingClient) -> None:
    """Make them all."""
    keys = [client.create_key(KeySpec=spec, KeyUsage=usage) for spec, usage in SPECS]
    for (spec, usage), key_id in zip(SPECS, keys, strict=True):
        for algorithm in ALGORITHMS[spec][usage]:
            _USED[usage](client, key_id, algorithm)
    _in_every_state(client)
    _brought(client)
    _described(client, keys[0])
    _granted(client, keys[0])
    _read(client, keys[0])


def _in_every_state(client: RememberingClient) -> None:
    for steps in STATES.values():
        for parameters in REPRESENTATIVES:
            key_id = client.create_key(**parameters)
            for operation, more in steps:
                client.ask(operation, KeyId=key_id, **more)


def _brought(client: RememberingClient) -> None:
    """Keys whose material is the client's: waiting for it, holding it, having lost it, holding two."""
    for spec, length in IMPORTED.items():
        usage = next(iter(ALGORITHMS[spec]))
        for multi_region in (False, True):
            made = {"Origin": "EXTERNAL", "KeySpec": spec, "KeyUsage": usage, "MultiRegion": multi_region}
            client.create_key(**made)
            client.bring(client.create_key(**made), bytes(length))
    lost = client.create_key(Origin="EXTERNAL")
    client.bring(lost, bytes(32), ExpirationModel="KEY_MATERIAL_EXPIRES", ValidTo=time.time() + 86_400)
    client.ask("DeleteImportedKeyMaterial", KeyId=lost)
    two = client.create_key(Origin="EXTERNAL")
    client.bring(two, bytes(32))
    client.bring(two, bytes(range(32)), ImportType="NEW_KEY_MATERIAL")
    rotations = client.ask("ListKeyRotations", KeyId=two, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
    client.learn("BackingKeyIdType", *(rotation["KeyMaterialId"] for rotation in rotations))


def _described(client: RememberingClient, key_id: str) -> None:
    """What may be said of a key."""
    for name in ("alias/known", "alias/moved", "alias/gone"):
        client.ask("CreateAlias", AliasName=name, TargetKeyId=key_id)
    client.ask("UpdateAlias", AliasName="alias/moved", TargetKeyId=client.create_key())
    client.ask("DeleteAlias", AliasName="alias/gone")
    client.learn("AliasNameType", "alias/known", "alias/moved", "alias/gone")
    client.learn("KeyIdType", "alias/known", "alias/gone", "1234abcd-12ab-34cd-56ef-1234567890ab")
    client.ask("TagResource", KeyId=key_id, Tags=[{"TagKey": "team", "TagValue": "red"}])
    client.ask("TagResource", KeyId=key_id, Tags=[{"TagKey": "cost", "TagValue": ""}])
    client.ask("UntagResource", KeyId=key_id, TagKeys=["cost"])
    client.learn("TagKeyType", "team", "cost", "aws:x", "keytide:replicate")
    client.ask("UpdateKeyDescription", KeyId=key_id, Description="of a test")
    client.ask("EnableKeyRotation", KeyId=key_id, RotationPeriodInDays=90)
    client.ask("RotateKeyOnDemand", KeyId=key_id)
    client.ask("DisableKeyRotation", KeyId=key_id)
    policy = client.ask("GetKeyPolicy", KeyId=key_id)["Policy"]
    client.ask("PutKeyPolicy", KeyId=key_id, Policy=policy)
    client.learn("PolicyType", policy)
    client.learn("PolicyNameType", "default")


def _granted(client: RememberingClient, key_id: str) -> None:
    """Grants, with and without constraints, on one key; some are gone."""
    account = client.ask("DescribeKey", KeyId=key_id)["KeyMetadata"]["AWSAccountId"]
    principal = f"arn:aws:iam::{account}:root"
    client.learn("PrincipalIdType", principal)
    common = {"KeyId": key_id, "GranteePrincipal": principal, "Operations": ["Encrypt", "Decrypt", "RetireGrant"]}
    made = [
        client.ask("CreateGrant", **common, **more)
        for more in (
            {"Name": "named"},
            {"RetiringPrincipal": principal},
            {"Constraints": {"EncryptionContextSubset": CONTEXT}},
            {"Constraints": {"EncryptionContextEquals": CONTEXT}},
            {"RetiringPrincipal": principal, "Constraints": {"EncryptionContextSubset": {}}},
            {"Name": "revoked"},
        )
    ]
    client.learn("GrantIdType", *(grant["GrantId"] for grant in made))
    client.learn("GrantTokenType", *(grant["GrantToken"] for grant in made))
    client.ask("Encrypt", KeyId=key_id, Plaintext=MESSAGE, GrantTokens=[made[0]["GrantToken"]])
    client.ask("RevokeGrant", KeyId=key_id, GrantId=made[-1]["GrantId"])
    client.ask("RetireGrant", GrantToken=made[1]["GrantToken"])
    client.ask("ListRetirableGrants", RetiringPrincipal=principal)


def _read(client: RememberingClient, key_id: str) -> None:
    """Whatever changes nothing and takes little more than a key."""
    client.ask("GenerateDataKey", KeyId=key_id, KeySpec="AES_256", EncryptionContext=CONTEXT)
    client.ask("GenerateDataKeyWithoutPlaintext", KeyId=key_id, NumberOfBytes=16)
    for operation in ("GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"):
        client.ask(operation, KeyId=key_id, KeyPairSpec="ECC_NIST_P256")
    client.ask("GenerateRandom", NumberOfBytes=32)
    for operation in ("DescribeKey", "GetKeyLastUsage", "GetKeyRotationStatus"):
        client.ask(operation, KeyId=key_id)
    client.ask("ListKeys", Limit=7)
    for operation in (
        "ListAliases",
        "ListGrants",
        "ListKeyPolicies",
        "ListKeyRotations",
        "ListResourceTags",
    ):
        answer = client.ask(operation, KeyId=key_id, Limit=1)
        client.learn("MarkerType", *([answer["NextMarker"]] if answer["Truncated"] else []))


def _encrypted(client: RememberingClient, key_id: str, algorithm: str) -> None:
    asked: dict[str, Any] = {"KeyId": key_id, "EncryptionAlgorithm": algorithm}
    bound = {"EncryptionContext": CONTEXT} if algorithm == "SYMMETRIC_DEFAULT" else {}
    blob = client.ask("Encrypt", Plaintext=MESSAGE, **asked, **bound)["CiphertextBlob"]
    client.learn("CiphertextType", blob)
    client.ask("Decrypt", CiphertextBlob=blob, **asked, **bound)
    source = {"SourceKeyId": key_id, "SourceEncryptionAlgorithm": algorithm}
    bound = {f"Source{name}": value for name, value in bound.items()}
    client.ask(
        "ReEncrypt", CiphertextBlob=blob, DestinationKeyId=client.known.by_shape["KeyIdType"][0], **source, **bound
    )


def _signed(client: RememberingClient, key_id: str, algorithm: str) -> None:
    asked = {"KeyId": key_id, "SigningAlgorithm": algorithm, "Message": MESSAGE}
    if algorithm == "ED25519_PH_SHA_512":
        asked |= {"Message": encoded(bytes(64)), "MessageType": "DIGEST"}
    signature = client.ask("Sign", **asked)["Signature"]
    client.learn("CiphertextType", signature)
    client.ask("Verify", Signature=signature, **asked)
    client.ask("GetPublicKey", KeyId=key_id)


def _authenticated(client: RememberingClient, key_id: str, algorithm: str) -> None:
    asked = {"KeyId": key_id, "MacAlgorithm": algorithm, "Message": MESSAGE}
    mac = client.ask("GenerateMac", **asked)["Mac"]
    client.learn("CiphertextType", mac)
    client.ask("VerifyMac", Mac=mac, **asked)


def _agreed(client: RememberingClient, key_id: str, algorithm: str) -> None:
    public = client.ask("GetPublicKey", KeyId=key_id)["PublicKey"]
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    client.learn("PublicKeyType", public, encoded(other.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)))
    client.ask("DeriveSharedSecret", KeyId=key_id, KeyAgreementAlgorithm=algorithm, PublicKey=public)


def _encapsulated(client: RememberingClient, key_id: str, algorithm: str) -> None:
    asked = {"KeyId": key_id, "EncapsulationAlgorithm": algorithm}
    blob = client.ask("Encapsulate", **asked)["SharedSecretCiphertextBlob"]
    client.learn("CiphertextType", blob)
    client.ask("Decapsulate", SharedSecretCiphertextBlob=blob, **asked)


_USED = {
    "ENCRYPT_DECRYPT": _encrypted,
    "SIGN_VERIFY": _signed,
    "GENERATE_VERIFY_MAC": _authenticated,
    "KEY_AGREEMENT": _agreed,
    "ENCAPSULATE_DECAPSULATE": _encapsulated,
}
"""Key usage -> everything that a key of it is for."""
