"""ReEncrypt: decrypts under one key and encrypts under another; the plaintext stays here."""

from services.region_node.operations import rules
from services.region_node.operations.ciphers import decryption, encryption, told_material
from services.region_node.operations.key_use import (
    Source,
    checked_context,
    decryption_key,
    decryption_material,
    require_usable,
    required,
)
from services.region_node.operations.resolve import arn_of, resolve_key
from services.region_node.operations.types.cryptography import ReEncryptRequest, ReEncryptResponse
from services.region_node.operations.working import (
    Eventual,
    chained,
    finish_dry_run,
    ignores_ciphertext,
    transform,
)
from services.region_node.requests.call import Call
from shared.keys.specs import ENCRYPT_DECRYPT


def reencrypt(call: Call, request: ReEncryptRequest) -> Eventual[ReEncryptResponse]:
    """Both keys are found before either is asked for its state."""
    source_context = checked_context(request.source_encryption_context)
    destination_context = checked_context(request.destination_encryption_context)
    blob = None if ignores_ciphertext(request) else required(request.ciphertext_blob, "ciphertextBlob")
    source = _source(call, request, blob)
    destination = resolve_key(call, request.destination_key_id, rules.REENCRYPT_TO)
    material = decryption_material(call, source, blob, request.source_encryption_algorithm, rules.REENCRYPT_FROM)
    require_usable(call, destination, ENCRYPT_DECRYPT, request.destination_encryption_algorithm, rules.REENCRYPT_TO)
    decrypt = decryption(call, source.key, material, request.source_encryption_algorithm, source_context)
    encrypt = encryption(call, destination, request.destination_encryption_algorithm, destination_context)
    if blob is None:
        finish_dry_run()

    def respond(reencrypted: bytes) -> ReEncryptResponse:
        return ReEncryptResponse(
            ciphertext_blob=reencrypted,
            source_key_id=arn_of(call, source.key),
            key_id=arn_of(call, destination),
            source_encryption_algorithm=request.source_encryption_algorithm,
            destination_encryption_algorithm=request.destination_encryption_algorithm,
            source_key_material_id=told_material(request.source_encryption_algorithm, material),
            destination_key_material_id=told_material(
                request.destination_encryption_algorithm, destination.current_material
            ),
        )

    return transform(call, chained(call, decrypt, encrypt), blob, respond, dry_run=request.dry_run)


def _source(call: Call, request: ReEncryptRequest, blob: bytes | None) -> Source:
    """The key to decrypt with. `blob` None: a dry run ignores it, so that the key has to be named."""
    if blob is None:
        return Source(resolve_key(call, required(request.source_key_id, "sourceKeyId"), rules.REENCRYPT_FROM))
    return decryption_key(call, request.source_key_id, blob, request.source_encryption_algorithm, rules.REENCRYPT_FROM)
