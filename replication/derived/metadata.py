"""KeyMetadata of a key that begins, as the audit entry of its record tells it.

Owns which members are told, of the event alone: the cluster of a custom key store, which is in no event of the key, is
not. Source: AWS KMS Developer Guide, "CreateKey" and "ReplicateKey" in "Examples of AWS KMS log entries".
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from shared.events import KeyFamilyCreated
from shared.identifiers import key_arn
from shared.keys.events import KeyCreated, KeyReplicated, materials_of
from shared.keys.model import CREATING, ENABLED, PENDING_IMPORT
from shared.keys.specs import (
    ALGORITHMS,
    ENCAPSULATE_DECAPSULATE,
    ENCRYPT_DECRYPT,
    EXTERNAL,
    GENERATE_VERIFY_MAC,
    KEY_AGREEMENT,
    SIGN_VERIFY,
    SYMMETRIC_DEFAULT,
)

Told: TypeAlias = dict[str, object]

_LISTS: Mapping[str, str] = {
    ENCRYPT_DECRYPT: "EncryptionAlgorithms",
    SIGN_VERIFY: "SigningAlgorithms",
    GENERATE_VERIFY_MAC: "MacAlgorithms",
    KEY_AGREEMENT: "KeyAgreementAlgorithms",
    ENCAPSULATE_DECAPSULATE: "EncapsulationAlgorithms",
}
"""Usage -> the member with the algorithms of a key."""


def created_metadata(event: KeyCreated | KeyFamilyCreated, region: str, time: int) -> Told:
    """`time` of the record, in milliseconds."""
    materials = materials_of(event)
    state = PENDING_IMPORT if event.origin == EXTERNAL and not materials else ENABLED
    current = materials[-1].material_id if materials and event.spec == SYMMETRIC_DEFAULT else ""
    replicas = event.replica_regions if isinstance(event, KeyFamilyCreated) else ()
    return {
        **_metadata(event, region, state, time),
        **({"CurrentKeyMaterialId": current} if current else {}),
        **(_of_store(event) if isinstance(event, KeyCreated) else {}),
        **(_configuration(event, "PRIMARY", replicas) if event.primary_region is not None else {}),
    }


def replica_metadata(event: KeyReplicated, time: int) -> Told:
    """Of the one that begins; the other replicas are not told."""
    metadata = _metadata(event, event.replica_region, CREATING, time)
    return {**metadata, **_configuration(event, "REPLICA", (event.replica_region,))}


def _metadata(event: KeyCreated | KeyReplicated | KeyFamilyCreated, region: str, state: str, time: int) -> Told:
    return {
        "AWSAccountId": event.account,
        "KeyId": event.key_id,
        "Arn": key_arn(region, event.account, event.key_id),
        "CreationDate": time / 1000,
        "Enabled": state == ENABLED,
        "Description": event.description,
        "KeyUsage": event.usage,
        "KeyState": state,
        "Origin": event.origin,
        "KeyManager": getattr(event, "key_manager", "CUSTOMER"),
        "KeySpec": event.spec,
        "CustomerMasterKeySpec": event.spec,
        _LISTS[event.usage]: [*ALGORITHMS[event.spec].get(event.usage, ())],
        "MultiRegion": event.primary_region is not None,
    }


def _configuration(
    event: KeyCreated | KeyReplicated | KeyFamilyCreated, kind: str, replica_regions: Sequence[str]
) -> Told:
    def member(region: str | None) -> Told:
        return {"Arn": key_arn(region or "", event.account, event.key_id), "Region": region}

    members = {"PrimaryKey": member(event.primary_region), "ReplicaKeys": [member(each) for each in replica_regions]}
    return {"MultiRegionConfiguration": {"MultiRegionKeyType": kind, **members}}


def _of_store(event: KeyCreated) -> Told:
    store, external = event.custom_key_store_id, event.external_key_id
    return {
        **({} if store is None else {"CustomKeyStoreId": store}),
        **({} if external is None else {"XksKeyConfiguration": {"Id": external}}),
    }
