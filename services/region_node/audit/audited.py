"""The audit entry of a call: what is told of a request and its outcome.

Owns which facts make an entry, and their names. Parameters are those that `Route.parameters` tells; of an answer only
what CloudTrail tells; never a plaintext, a ciphertext, a secret, a policy or a token.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from services.region_node.audit.audited_caller import identity_of
from services.region_node.operations.table import AuditClass
from services.region_node.requests.call import Call
from services.region_node.requests.underway import Underway
from services.region_node.wire.error_table import message_of, row_of
from services.region_node.wire.protocols import JSON
from shared.audit.entry import FORM, GRANTS, AuditEntry, encode_entry
from shared.crypto.attestation.model import Attestation
from shared.errors import AccessDenied, KeytideError, MalformedPolicy
from shared.identity.errors import InvalidPolicyInput, MalformedPolicyDocument
from shared.keys.errors import ScreamTestHit
from shared.keys.model import Key, KeyMaterial
from shared.keys.specs import SYMMETRIC_DEFAULT

PARAMETER_BYTES_MOST = 100_000
"""CloudTrail's limit; larger ones are left out, and that is told."""
MESSAGE_CHARACTERS_MOST = 1_024
"""CloudTrail's limit for an error's message."""
QUOTING_A_POLICY = (MalformedPolicy, MalformedPolicyDocument, InvalidPolicyInput)
POLICY_REFUSED = "The policy was refused; what was wrong with it was told to the caller alone."


def encoded_entry(
    underway: Underway,
    response: Any,
    error: KeytideError | None,
    waited: bool,
    more: Mapping[str, Any] | None = None,
) -> bytes:
    """The entry's bytes. `response` is that of a success; `more` is told besides, as additionalEventData."""
    encoded = _encoded(entry_of(underway, _parameters(underway), response, error, waited), more)
    if len(encoded) <= PARAMETER_BYTES_MOST:
        return encoded
    return _encoded(entry_of(underway, _omitted(len(encoded)), response, error, waited), more)


def _encoded(entry: AuditEntry, more: Mapping[str, Any] | None) -> bytes:
    if more is None:
        return encode_entry(entry)
    return encode_entry(msgspec.structs.replace(entry, additional={**(entry.additional or {}), **more}))


def entry_of(
    underway: Underway,
    parameters: dict[str, Any] | None,
    response: Any,
    error: KeytideError | None,
    waited: bool,
) -> AuditEntry:
    """By position: every request makes one."""
    route, call, arrival = underway.route, underway.call, underway.arrived_from()
    caller = underway.caller if call is None else call.caller
    return AuditEntry(
        FORM,
        underway.now,
        _claimed_service(underway) if route is None else route.service,
        underway.name,
        identity_of(caller, response),
        underway.request_id,
        arrival.source,
        arrival.user_agent,
        arrival.secure,
        parameters,
        None if response is None else _told_response(underway.name, response),
        None if call is None else _additional(call, error),
        () if call is None else _resources(call, error),
        None if error is None else _told_error(underway, error),
        route is not None and route.operation.audit is AuditClass.CHANGE,
        waited,
    )


def _claimed_service(underway: Underway) -> str:
    return "" if underway.signed is None else underway.signed.claims.credential.service


def _parameters(underway: Underway) -> dict[str, Any] | None:
    """None where the request could not be decoded."""
    route, document, request = underway.route, underway.document, underway.request
    return None if route is None or document is None or request is None else route.parameters(document, request)


def _omitted(size: int) -> dict[str, Any]:
    return {"Omitted": True, "OriginalSize": size, "Reason": "The parameters exceed 100 KB."}


def _resources(call: Call, error: KeytideError | None) -> tuple[str, ...]:
    """What a permission was asked for. Whether another account has a key is nothing that a refusal lets its caller
    know: what he has named stands in the parameters."""
    judged = call.judged
    if len(judged) == 1 and error is None:
        resource = judged[0].question.resource
        return (resource,) if resource.startswith("arn:") else ()
    found = dict.fromkeys(each.question.resource for each in judged if each.question.resource.startswith("arn:"))
    if isinstance(error, AccessDenied):
        return tuple(arn for arn in found if arn.split(":")[4] == call.caller.account)
    return tuple(found)


def _told_error(underway: Underway, error: KeytideError) -> tuple[str, str]:
    """Code and message as the client hears them; of a policy's refusal not the message, which may quote the policy."""
    code = error.code if underway.protocol is JSON else row_of(error).query_code
    if isinstance(error, QUOTING_A_POLICY):
        return code, POLICY_REFUSED
    return code, message_of(error)[:MESSAGE_CHARACTERS_MOST]


def _additional(call: Call, error: KeytideError | None) -> dict[str, Any] | None:
    """CloudTrail's additionalEventData: which material was used, where it lies, and who was to have the answer; of a
    call that a scream test has hit, which; and by which grants it was permitted, of which CloudTrail says nothing."""
    told: dict[str, Any] = {}
    used = call.used
    if len(used) == 1:
        told = _told_key(*used[0])
    elif used:
        both = zip(_SIDES, used, strict=False)
        told = {side + name: value for side, each in both for name, value in _told_key(*each).items()}
    if call.attestation is not None:
        told["Recipient"] = _told_recipient(call.attestation)
    if isinstance(error, ScreamTestHit):
        told |= error.additional
    if error is None and (grants := call.grants()):
        told[GRANTS] = grants
    return told or None


_SIDES = ("Source", "Destination")


def _told_key(key: Key, material: KeyMaterial) -> dict[str, Any]:
    if key.custom_key_store_id is not None:
        store = {"CustomKeyStoreId": key.custom_key_store_id}
        return store if key.external_key_id is None else {**store, "XksKeyId": key.external_key_id}
    return {"KeyMaterialId": material.material_id} if key.spec == SYMMETRIC_DEFAULT else {}


def _told_recipient(attestation: Attestation) -> dict[str, str]:
    told = {"AttestationDocumentModuleId": attestation.module_id}
    if attestation.image_digest is not None:
        return {**told, "AttestationDocumentEnclaveImageDigest": attestation.image_digest}
    return told | {f"AttestationDocumentNitroTPMPCR{number}": value for number, value in attestation.pcrs.items()}


def _told_session(response: Any) -> dict[str, Any]:
    credentials = response.credentials
    told: dict[str, Any] = {
        "Credentials": {"AccessKeyId": credentials.access_key_id, "Expiration": credentials.expiration}
    }
    user = getattr(response, "assumed_role_user", None)
    if user is not None:
        told["AssumedRoleUser"] = {"AssumedRoleId": user.assumed_role_id, "Arn": user.arn}
    return told


_RESPONSES: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "AssumeRole": _told_session,
    "AssumeRoleWithWebIdentity": _told_session,
    "GetSessionToken": _told_session,
}
"""Of the operations that change nothing, those of whose answers CloudTrail tells something."""


def _told_response(operation: str, response: Any) -> dict[str, Any] | None:
    tell = _RESPONSES.get(operation)
    return None if tell is None else tell(response)
