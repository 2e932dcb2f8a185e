"""GetParametersForImport, ImportKeyMaterial, DeleteImportedKeyMaterial.

A token holds the private half of its wrapping key, wrapped by the region for one key: between the two calls no node
remembers anything. Making a wrapping key and proving the primes of an imported one take long: threads do it.
"""

from collections.abc import Awaitable
from functools import partial

from services.region_node.changes.fresh_material import born_here
from services.region_node.keys.vault import import_token_binding
from services.region_node.operations import rules
from services.region_node.operations.resolve import arn_of, resolve_allowed, resolve_name
from services.region_node.operations.types.imported_material import (
    DeleteImportedKeyMaterialRequest,
    DeleteImportedKeyMaterialResponse,
    GetParametersForImportRequest,
    GetParametersForImportResponse,
    ImportKeyMaterialRequest,
    ImportKeyMaterialResponse,
)
from services.region_node.operations.weights import WEIGHTS, heaviest
from services.region_node.requests.call import Call
from services.region_node.worker.threads import Weight
from shared.crypto.domain_keys import SecretUnavailable
from shared.crypto.import_token import ImportToken, decode_token, encode_token
from shared.crypto.key_material import imported_material
from shared.crypto.key_wrapping import make_wrapping_key, unwrap
from shared.errors import ExpiredImportToken, InvalidImportToken, ValidationFailed
from shared.keys import commands
from shared.keys.decide_import import delete_imported_key_material, import_key_material
from shared.keys.lookup import held_key
from shared.keys.model import Key
from shared.keys.specs import SYMMETRIC_DEFAULT
from shared.keys.times import days
from shared.keys.wrapping import require_wrapping
from shared.secrets import Secret

TOKEN_LIFE = days(1)
LONGEST_LIFE_DAYS = 365
"""Of imported material that expires (AWS KMS API reference, ImportKeyMaterial, ValidTo)."""
_INVALID_TOKEN = "The import token is invalid or is associated with a different KMS key."  # noqa: S105  # a sentence
_EXPIRED_TOKEN = "The import token is expired."  # noqa: S105  # a sentence


def get_parameters(call: Call, request: GetParametersForImportRequest) -> Awaitable[GetParametersForImportResponse]:
    key = resolve_allowed(call, request.key_id, rules.GET_PARAMETERS_FOR_IMPORT)
    require_wrapping(key.spec, request.wrapping_algorithm, request.wrapping_key_spec)
    return _parameters(call, key, request)


async def _parameters(call: Call, key: Key, request: GetParametersForImportRequest) -> GetParametersForImportResponse:
    private, public = await call.threads.run(Weight.SLOW, partial(make_wrapping_key, request.wrapping_key_spec))
    valid_to = call.now + TOKEN_LIFE
    token = encode_token(ImportToken(request.wrapping_algorithm, valid_to, private))
    wrapped = call.vault.wrap_secret(key.account, import_token_binding(key.account, key.key_id), token)
    return GetParametersForImportResponse(arn_of(call, key), wrapped, public, valid_to / 1000)


async def import_material(call: Call, request: ImportKeyMaterialRequest) -> ImportKeyMaterialResponse:
    valid_to = _valid_to(call, request)
    key = resolve_allowed(call, request.key_id, rules.IMPORT_KEY_MATERIAL)
    token = _opened(call, key, request.import_token)
    weight = heaviest(Weight.HEAVY, WEIGHTS[key.spec].make)
    secret = await call.threads.run(weight, partial(_brought, key, token, request.encrypted_key_material))
    command = commands.ImportKeyMaterial(
        key=commands.KeyName(call.region, key.account, key.key_id),
        material=born_here(call.vault, key.account, key.key_id, secret, call.now),
        import_type=request.import_type,
        expected_id=request.key_material_id,
        description=request.key_material_description,
        valid_to=valid_to,
    )
    material_id = await call.change(lambda view: import_key_material(command, view))
    return ImportKeyMaterialResponse(arn_of(call, key), _told_id(key, material_id))


def _valid_to(call: Call, request: ImportKeyMaterialRequest) -> int | None:
    """In milliseconds; None for material that does not expire. Errors: ValidationFailed."""
    model, valid_to = request.expiration_model, request.valid_to
    if model == "KEY_MATERIAL_DOES_NOT_EXPIRE":
        if valid_to is not None:
            raise ValidationFailed(f"A validTo date must not be set if the ExpirationModel is {model}")
        return None
    if valid_to is None:
        raise ValidationFailed(f"A validTo date must be set if the ExpirationModel is {model}")
    if not call.now < valid_to * 1000 <= call.now + days(LONGEST_LIFE_DAYS):
        raise ValidationFailed(f"The validTo date must be in the future, at most {LONGEST_LIFE_DAYS} days from now")
    return round(valid_to * 1000)


def _opened(call: Call, key: Key, token: bytes) -> ImportToken:
    """Errors: InvalidImportToken for every token that is not of this region and this key; ExpiredImportToken."""
    try:
        secret = call.vault.open_secret(import_token_binding(key.account, key.key_id), token)
    except SecretUnavailable:
        raise InvalidImportToken(_INVALID_TOKEN) from None
    opened = decode_token(secret)
    if opened.valid_to <= call.now:
        raise ExpiredImportToken(_EXPIRED_TOKEN)
    return opened


def _brought(key: Key, token: ImportToken, wrapped: bytes) -> Secret:
    """The material in its canonical form. Errors: ValidationFailed, InvalidCiphertext, IncorrectKeyMaterial."""
    return imported_material(key.spec, unwrap(token.algorithm, token.private, wrapped).reveal())


async def delete_material(call: Call, request: DeleteImportedKeyMaterialRequest) -> DeleteImportedKeyMaterialResponse:
    name = resolve_name(call, request.key_id, rules.DELETE_IMPORTED_KEY_MATERIAL)
    command = commands.DeleteImportedKeyMaterial(name, request.key_material_id)
    material_id = await call.change(lambda view: delete_imported_key_material(command, view))
    key = held_key(call.latest(), name)
    return DeleteImportedKeyMaterialResponse(arn_of(call, key), _told_id(key, material_id))


def _told_id(key: Key, material_id: str) -> str | None:
    """Clients hear of the materials of symmetric keys alone: no other key can have several."""
    return material_id or None if key.spec == SYMMETRIC_DEFAULT else None
