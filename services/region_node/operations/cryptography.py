"""Encrypt, Decrypt, GenerateDataKey, GenerateDataKeyWithoutPlaintext."""

from collections.abc import Callable

from services.region_node.operations import rules
from services.region_node.operations.ciphers import decryption, encryption, told_material
from services.region_node.operations.key_use import (
    Source,
    checked_context,
    decryption_key,
    decryption_material,
    encryption_key,
    required,
)
from services.region_node.operations.recipients import answer_for, attested_recipient
from services.region_node.operations.resolve import arn_of, resolve_key
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
)
from services.region_node.operations.working import (
    Eventual,
    Response,
    finish_dry_run,
    ignores_ciphertext,
    transform,
)
from services.region_node.requests.call import Call
from shared.crypto.entropy import random_bytes
from shared.errors import ValidationFailed
from shared.keys.model import Key
from shared.keys.specs import SYMMETRIC_DEFAULT

_DATA_KEY_BYTES = {"AES_256": 32, "AES_128": 16}


def encrypt(call: Call, request: EncryptRequest) -> Eventual[EncryptResponse]:
    context, algorithm = checked_context(request.encryption_context), request.encryption_algorithm
    key = encryption_key(call, request.key_id, algorithm, rules.ENCRYPT)
    cipher = encryption(call, key, algorithm, context)

    def respond(blob: bytes) -> EncryptResponse:
        return EncryptResponse(blob, arn_of(call, key), algorithm)

    return transform(call, cipher, request.plaintext, respond, dry_run=request.dry_run)


def decrypt(call: Call, request: DecryptRequest) -> Eventual[DecryptResponse]:
    recipient = attested_recipient(call, request.recipient)
    context, algorithm = checked_context(request.encryption_context), request.encryption_algorithm
    if ignores_ciphertext(request):
        blob, source = None, Source(resolve_key(call, required(request.key_id, "keyId"), rules.DECRYPT))
    else:
        blob = required(request.ciphertext_blob, "ciphertextBlob")
        source = decryption_key(call, request.key_id, blob, algorithm, rules.DECRYPT)
    key, material = source.key, decryption_material(call, source, blob, algorithm, rules.DECRYPT)
    cipher = decryption(call, key, material, algorithm, context)
    if blob is None:
        finish_dry_run()

    def respond(plaintext: bytes) -> DecryptResponse:
        answer = answer_for(recipient, plaintext, told_material(algorithm, material))
        return DecryptResponse(
            arn_of(call, key), answer.plaintext, algorithm, answer.ciphertext_for_recipient, answer.key_material_id
        )

    return transform(call, cipher, blob, respond, dry_run=request.dry_run)


def generate_data_key(call: Call, request: GenerateDataKeyRequest) -> Eventual[GenerateDataKeyResponse]:
    recipient = attested_recipient(call, request.recipient)

    def respond(blob: bytes, plaintext: bytes, key: Key) -> GenerateDataKeyResponse:
        answer = answer_for(recipient, plaintext, key.current_material.material_id)
        return GenerateDataKeyResponse(
            blob, answer.plaintext, arn_of(call, key), answer.ciphertext_for_recipient, answer.key_material_id
        )

    return _data_key(call, request, rules.GENERATE_DATA_KEY, respond)


def generate_data_key_without_plaintext(
    call: Call, request: GenerateDataKeyWithoutPlaintextRequest
) -> Eventual[GenerateDataKeyWithoutPlaintextResponse]:
    def respond(blob: bytes, _plaintext: bytes, key: Key) -> GenerateDataKeyWithoutPlaintextResponse:
        return GenerateDataKeyWithoutPlaintextResponse(blob, arn_of(call, key), key.current_material.material_id)

    return _data_key(call, request, rules.GENERATE_DATA_KEY_WITHOUT_PLAINTEXT, respond)


def _data_key(
    call: Call,
    request: GenerateDataKeyRequest | GenerateDataKeyWithoutPlaintextRequest,
    rule: Rule,
    respond: Callable[[bytes, bytes, Key], Response],
) -> Eventual[Response]:
    """Answers `respond(blob, plaintext, key)` of a fresh data key."""
    length = _data_key_length(request.key_spec, request.number_of_bytes)
    context = checked_context(request.encryption_context)
    key = encryption_key(call, request.key_id, SYMMETRIC_DEFAULT, rule)
    cipher = encryption(call, key, SYMMETRIC_DEFAULT, context)
    if request.dry_run:
        finish_dry_run()
    plaintext = random_bytes(length)
    return transform(call, cipher, plaintext, lambda blob: respond(blob, plaintext, key), dry_run=False)


def _data_key_length(key_spec: str | None, number_of_bytes: int | None) -> int:
    if key_spec is not None and number_of_bytes is None:
        return _DATA_KEY_BYTES[key_spec]
    if key_spec is None and number_of_bytes is not None:
        return number_of_bytes
    raise ValidationFailed("Please specify either number of bytes or key spec.")
