"""The condition keys `kms:…`: what is asked of which key.

Owns their table: where each comes from, the key, the request or both, and for which actions. A parameter that a request
leaves out counts with its default. Keys of what never happens here are absent (`kms:ViaService`: no service calls for
anybody).
Source: AWS KMS Developer Guide, "AWS KMS condition keys"; Service Authorization Reference, "AWS KMS".
"""

from collections.abc import Callable, Mapping
from typing import Any, cast

from services.region_node.authorization.asked import Asked, Fact, Family, flag, without_case
from services.region_node.authorization.same_key import reencrypts_on_same_key
from services.region_node.operations.recipients import attested_recipient
from services.region_node.operations.types.cryptography import ReEncryptRequest
from services.region_node.operations.types.keys import CreateKeyRequest
from shared.crypto.attestation.model import Source
from shared.identifiers import key_arn
from shared.keys.model import Key
from shared.keys.specs import SYMMETRIC_DEFAULT, usage_of
from shared.keys.times import days
from shared.policy.question import Context, Values
from shared.times import LAST_SECOND, instant

_CONTEXT_ACTIONS = (
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:GenerateDataKeyPair",
    "kms:GenerateDataKeyPairWithoutPlaintext",
)
_CONTEXT_MEMBERS = {
    **dict.fromkeys(_CONTEXT_ACTIONS, "encryption_context"),
    "kms:ReEncryptFrom": "source_encryption_context",
    "kms:ReEncryptTo": "destination_encryption_context",
}
_ALGORITHM_MEMBERS = {
    "kms:Encrypt": "encryption_algorithm",
    "kms:Decrypt": "encryption_algorithm",
    "kms:ReEncryptFrom": "source_encryption_algorithm",
    "kms:ReEncryptTo": "destination_encryption_algorithm",
}
_PAIRS = ("kms:GenerateDataKeyPair", "kms:GenerateDataKeyPairWithoutPlaintext")
_CREATE_KEY, _CREATE_GRANT = "kms:CreateKey", "kms:CreateGrant"


def encryption_context(asked: Asked) -> Mapping[str, str] | None:
    """The exact context that the action would use; for CreateGrant the one that the grant would be bound to."""
    if asked.action == _CREATE_GRANT:
        constraints = getattr(asked.request, "constraints", None)
        return constraints and (constraints.encryption_context_equals or constraints.encryption_context_subset)
    member = _CONTEXT_MEMBERS.get(asked.action)
    return None if member is None else getattr(asked.call.request, member, None)


def _of_request(member: str, *actions: str, default: Any = None) -> Fact:
    """The request's member, for these actions. What is asked for besides by another operation has no such member."""

    def fact(asked: Asked) -> Values | None:
        if asked.action not in actions or not hasattr(asked.request, member):
            return None
        value = getattr(asked.request, member)
        return _text(default if value is None else value)

    return fact


def _text(value: Any) -> Values | None:
    if isinstance(value, bool):
        return flag(value)
    if isinstance(value, tuple):
        return tuple(map(str, value))
    return None if value is None else str(value)


def _of_key(of_key: Callable[[Key], Values | None], of_creation: Callable[[Any], Values | None]) -> Fact:
    """A property of the key, or of the key that CreateKey shall make."""

    def fact(asked: Asked) -> Values | None:
        if asked.key is not None:
            return of_key(asked.key)
        creates = asked.action == _CREATE_KEY and isinstance(asked.request, CreateKeyRequest)
        return of_creation(asked.request) if creates else None

    return fact


def facts_of_replica(primary: Key) -> Context:
    """What a new replica will be, where `kms:CreateKey` is asked for it."""
    return {
        "kms:keyorigin": primary.origin,
        "kms:keyspec": primary.spec,
        "kms:customermasterkeyspec": primary.spec,
        "kms:keyusage": primary.usage,
        "kms:customermasterkeyusage": primary.usage,
        "kms:multiregion": "true",
        "kms:multiregionkeytype": "REPLICA",
    }


def _spec_of(request: Any) -> str:
    return str(request.key_spec or request.customer_master_key_spec or SYMMETRIC_DEFAULT)


def _multi_region_type(asked: Asked) -> Values | None:
    if asked.key is None:
        return "PRIMARY" if asked.action == _CREATE_KEY and getattr(asked.request, "multi_region", False) else None
    if asked.key.primary_region is None:
        return None
    return "PRIMARY" if asked.key.primary_region == asked.call.region else "REPLICA"


def _aliases(asked: Asked) -> Values | None:
    if asked.key is None:
        return None
    return tuple(alias.alias for alias in asked.call.view.aliases_of(asked.key.account, asked.key.key_id, "")) or None


def _context_keys(asked: Asked) -> Values | None:
    return tuple(encryption_context(asked) or ()) or None


def _encryption_algorithm(asked: Asked) -> Values | None:
    """A data key is encrypted under a symmetric key, whatever it is for itself."""
    member = _ALGORITHM_MEMBERS.get(asked.action)
    if member is not None:
        return str(getattr(asked.request, member))
    return SYMMETRIC_DEFAULT if asked.action in _CONTEXT_MEMBERS else None


def _constraint_types(asked: Asked) -> Values | None:
    constraints = _constraints(asked)
    if constraints is None:
        return None
    named = {
        "EncryptionContextEquals": constraints.encryption_context_equals,
        "EncryptionContextSubset": constraints.encryption_context_subset,
        "SourceArn": constraints.source_arn,
    }
    return next((name for name, value in named.items() if value is not None), None)


def _constraints(asked: Asked) -> Any:
    return getattr(asked.request, "constraints", None) if asked.action == _CREATE_GRANT else None


def _constraint_source(asked: Asked) -> Values | None:
    constraints = _constraints(asked)
    return None if constraints is None else constraints.source_arn


def _for_aws_resource(asked: Asked) -> Values | None:
    """No service makes calls for anybody here."""
    return "false" if asked.action in (_CREATE_GRANT, "kms:ListGrants", "kms:RevokeGrant") else None


def _valid_to(asked: Asked) -> Values | None:
    valid_to = getattr(asked.request, "valid_to", None) if asked.action == "kms:ImportKeyMaterial" else None
    return None if valid_to is None else instant(round(min(valid_to, LAST_SECOND) * 1000))


def _same_key(asked: Asked) -> Values | None:
    if asked.key is None or asked.action not in ("kms:ReEncryptFrom", "kms:ReEncryptTo"):
        return None
    return flag(reencrypts_on_same_key(asked.call, cast(ReEncryptRequest, asked.request)))


def _trailing_days(asked: Asked) -> Values | None:
    """Whole days without a use: since the last, or since the region tracks uses of the key at all."""
    if asked.key is None or asked.action not in ("kms:DisableKey", "kms:ScheduleKeyDeletion"):
        return None
    uses, key = asked.call.uses, asked.key
    used = uses.last_use(key_arn(asked.call.region, key.account, key.key_id))
    since = max(uses.tracking_since(), key.created_at, 0 if used is None else used.time)
    return str(max(asked.call.now - since, 0) // days(1))


def _context_values(asked: Asked) -> Mapping[str, Values]:
    return without_case((encryption_context(asked) or {}).items())


def _attested(asked: Asked) -> Mapping[str, Values]:
    """What a recipient's verified attestation document has measured."""
    if asked.call.attestation is None:
        attested_recipient(asked.call, getattr(asked.request, "recipient", None))
    attestation = asked.call.attestation
    if attestation is None:
        return {}
    prefix = "pcr" if attestation.source is Source.ENCLAVE else "nitrotpmpcr"
    measured: dict[str, Values] = {f"{prefix}{number}": value for number, value in attestation.pcrs.items()}
    if attestation.image_digest is not None:
        measured["imagesha384"] = attestation.image_digest
    return measured


KMS_FACTS: Mapping[str, Fact] = {
    "kms:bypasspolicylockoutsafetycheck": _of_request(
        "bypass_policy_lockout_safety_check", _CREATE_KEY, "kms:PutKeyPolicy"
    ),
    "kms:calleraccount": lambda asked: asked.call.caller.account,
    "kms:datakeypairspec": _of_request("key_pair_spec", *_PAIRS),
    "kms:encryptionalgorithm": _encryption_algorithm,
    "kms:encryptioncontextkeys": _context_keys,
    "kms:expirationmodel": _of_request("expiration_model", "kms:ImportKeyMaterial"),
    "kms:grantconstraintsourcearn": _constraint_source,
    "kms:grantconstrainttype": _constraint_types,
    "kms:granteeprincipal": _of_request("grantee_principal", _CREATE_GRANT),
    "kms:granteeserviceprincipal": _of_request("grantee_service_principal", _CREATE_GRANT),
    "kms:grantisforawsresource": _for_aws_resource,
    "kms:grantoperations": _of_request("operations", _CREATE_GRANT),
    "kms:keyagreementalgorithm": _of_request("key_agreement_algorithm", "kms:DeriveSharedSecret"),
    "kms:keyorigin": _of_key(lambda key: key.origin, lambda request: request.origin),
    "kms:keyspec": _of_key(lambda key: key.spec, _spec_of),
    "kms:customermasterkeyspec": _of_key(lambda key: key.spec, _spec_of),
    "kms:keyusage": _of_key(lambda key: key.usage, lambda request: usage_of(_spec_of(request), request.key_usage)),
    "kms:customermasterkeyusage": _of_key(
        lambda key: key.usage, lambda request: usage_of(_spec_of(request), request.key_usage)
    ),
    "kms:macalgorithm": _of_request("mac_algorithm", "kms:GenerateMac", "kms:VerifyMac"),
    "kms:messagetype": _of_request("message_type", "kms:Sign", "kms:Verify"),
    "kms:multiregion": _of_key(lambda key: flag(key.is_multi_region), lambda request: flag(request.multi_region)),
    "kms:multiregionkeytype": _multi_region_type,
    "kms:policyname": _of_request("policy_name", "kms:GetKeyPolicy", "kms:PutKeyPolicy"),
    "kms:primaryregion": _of_request("primary_region", "kms:UpdatePrimaryRegion"),
    "kms:reencryptonsamekey": _same_key,
    "kms:replicaregion": _of_request("replica_region", "kms:ReplicateKey"),
    "kms:requestalias": lambda asked: asked.alias,
    "kms:resourcealiases": _aliases,
    "kms:retiringprincipal": _of_request("retiring_principal", _CREATE_GRANT),
    "kms:retiringserviceprincipal": _of_request("retiring_service_principal", _CREATE_GRANT),
    "kms:rotationperiodindays": _of_request("rotation_period_in_days", "kms:EnableKeyRotation", default=365),
    "kms:schedulekeydeletionpendingwindowindays": _of_request(
        "pending_window_in_days", "kms:ScheduleKeyDeletion", default=30
    ),
    "kms:signingalgorithm": _of_request("signing_algorithm", "kms:Sign", "kms:Verify"),
    "kms:trailingdayswithoutkeyusage": _trailing_days,
    "kms:validto": _valid_to,
    "kms:wrappingalgorithm": _of_request("wrapping_algorithm", "kms:GetParametersForImport"),
    "kms:wrappingkeyspec": _of_request("wrapping_key_spec", "kms:GetParametersForImport"),
}

LASTING_KMS = frozenset(
    {
        "kms:calleraccount",
        "kms:customermasterkeyspec",
        "kms:customermasterkeyusage",
        "kms:keyorigin",
        "kms:keyspec",
        "kms:keyusage",
        "kms:multiregion",
        "kms:multiregionkeytype",
    }
)
"""What follows from region and key alone, where there is a key."""

KMS_FAMILIES: Mapping[str, Family] = {
    "kms:encryptioncontext:": _context_values,
    "kms:recipientattestation:": _attested,
}
