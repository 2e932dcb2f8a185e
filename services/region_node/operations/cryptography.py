"""Encrypt, Decrypt, ReEncrypt, GenerateDataKey, GenerateDataKeyWithoutPlaintext.

Grant tokens are accepted and change nothing: what a grant allows is known at every node as soon as it is answered.
"""

from typing import NoReturn

from services.region_node.call import Call
from services.region_node.operations import rules
from services.region_node.operations.key_use import (
    checked_context,
    decrypt_under,
    decryption_key,
    encrypt_under,
    encryption_key,
    finish_dry_run,
    named_decryption_key,
)
from services.region_node.operations.recipients import answer_for, attested_recipient
from services.region_node.operations.resolve import arn_of
from services.region_node.operations.rules import Rule
from services.region_node.operations.types.cryptography import (
    DecryptRequest,
    DecryptResponse,
    EncryptRequest,
    EncryptResponse,
    GenerateDataKeyRequest,
    GenerateDataKeyResponse,
    GenerateDataKeyWithoutPlaintextRequest,
    GenerateDataKeyWithoutPlaintextResponse,
    ReEncryptRequest,
    ReEncryptResponse,
)
from services.region_node.wire.shapes import missing_member
from shared.crypto.entropy import random_bytes
from shared.errors import ValidationFailed
from shared.keys.model import Key
from shared.keys.specs import SYMMETRIC_DEFAULT

_DATA_KEY_BYTES = {"AES_256": 32, "AES_128": 16}


def encrypt(call: Call, request: EncryptRequest) -> EncryptResponse:
    context = checked_context(request.encryption_context)
    key = encryption_key(call, request.key_id, request.encryption_algorithm, rules.ENCRYPT)
    if request.dry_run:
        finish_dry_run(call, key)
    blob = encrypt_under(call, key, request.plaintext, context)
    return EncryptResponse(blob, arn_of(call, key), request.encryption_algorithm)


def decrypt(call: Call, request: DecryptRequest) -> DecryptResponse:
    recipient = attested_recipient(call, request.recipient)
    context = checked_context(request.encryption_context)
    algorithm, blob = request.encryption_algorithm, request.ciphertext_blob
    if _ignores_ciphertext(request):
        finish_dry_run(call, named_decryption_key(call, _required(request.key_id, "keyId"), algorithm, rules.DECRYPT))
    if blob is None:
        raise missing_member("ciphertextBlob")
    key, material = decryption_key(call, request.key_id, blob, algorithm, rules.DECRYPT)
    plaintext = decrypt_under(call, key, material, blob, context)
    if request.dry_run:
        finish_dry_run(call)
    answer = answer_for(recipient, plaintext, material.material_id)
    return DecryptResponse(
        arn_of(call, key), answer.plaintext, algorithm, answer.ciphertext_for_recipient, answer.key_material_id
    )


def reencrypt(call: Call, request: ReEncryptRequest) -> ReEncryptResponse:
    """Decrypts under one key and encrypts under another; the plaintext stays here."""
    source_context = checked_context(request.source_encryption_context)
    destination_context = checked_context(request.destination_encryption_context)
    algorithm, blob = request.source_encryption_algorithm, request.ciphertext_blob
    if _ignores_ciphertext(request):
        _finish_without_ciphertext(call, request)
    if blob is None:
        raise missing_member("ciphertextBlob")
    source, material = decryption_key(call, request.source_key_id, blob, algorithm, rules.REENCRYPT_FROM)
    destination = _destination(call, request)
    plaintext = decrypt_under(call, source, material, blob, source_context)
    if request.dry_run:
        finish_dry_run(call, destination)
    return ReEncryptResponse(
        ciphertext_blob=encrypt_under(call, destination, plaintext, destination_context),
        source_key_id=arn_of(call, source),
        key_id=arn_of(call, destination),
        source_encryption_algorithm=algorithm,
        destination_encryption_algorithm=request.destination_encryption_algorithm,
        source_key_material_id=material.material_id,
        destination_key_material_id=destination.current_material.material_id,
    )


def _finish_without_ciphertext(call: Call, request: ReEncryptRequest) -> NoReturn:
    identifier = _required(request.source_key_id, "sourceKeyId")
    source = named_decryption_key(call, identifier, request.source_encryption_algorithm, rules.REENCRYPT_FROM)
    finish_dry_run(call, source, _destination(call, request))


def _destination(call: Call, request: ReEncryptRequest) -> Key:
    algorithm = request.destination_encryption_algorithm
    return encryption_key(call, request.destination_key_id, algorithm, rules.REENCRYPT_TO)


def generate_data_key(call: Call, request: GenerateDataKeyRequest) -> GenerateDataKeyResponse:
    recipient = attested_recipient(call, request.recipient)
    blob, plaintext, key = _data_key(call, request, rules.GENERATE_DATA_KEY)
    answer = answer_for(recipient, plaintext, key.current_material.material_id)
    return GenerateDataKeyResponse(
        blob, answer.plaintext, arn_of(call, key), answer.ciphertext_for_recipient, answer.key_material_id
    )


def generate_data_key_without_plaintext(
    call: Call, request: GenerateDataKeyWithoutPlaintextRequest
) -> GenerateDataKeyWithoutPlaintextResponse:
    blob, _, key = _data_key(call, request, rules.GENERATE_DATA_KEY_WITHOUT_PLAINTEXT)
    return GenerateDataKeyWithoutPlaintextResponse(blob, arn_of(call, key), key.current_material.material_id)


def _data_key(
    call: Call, request: GenerateDataKeyRequest | GenerateDataKeyWithoutPlaintextRequest, rule: Rule
) -> tuple[bytes, bytes, Key]:
    """The data key's blob, the data key itself, and the key it is encrypted under."""
    length = _data_key_length(request.key_spec, request.number_of_bytes)
    context = checked_context(request.encryption_context)
    key = encryption_key(call, request.key_id, SYMMETRIC_DEFAULT, rule)
    if request.dry_run:
        finish_dry_run(call, key)
    plaintext = random_bytes(length)
    return encrypt_under(call, key, plaintext, context), plaintext, key


def _data_key_length(key_spec: str | None, number_of_bytes: int | None) -> int:
    if key_spec is not None and number_of_bytes is None:
        return _DATA_KEY_BYTES[key_spec]
    if key_spec is None and number_of_bytes is not None:
        return number_of_bytes
    raise ValidationFailed("Please specify either number of bytes or key spec.")


def _ignores_ciphertext(request: DecryptRequest | ReEncryptRequest) -> bool:
    return request.dry_run and "IGNORE_CIPHERTEXT" in request.dry_run_modifiers


def _required(value: str | None, path: str) -> str:
    if value is None:
        raise missing_member(path)
    return value
