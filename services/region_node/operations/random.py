"""GenerateRandom."""

from services.region_node.call import Call
from services.region_node.operations.recipients import answer_for, attested_recipient
from services.region_node.operations.types.cryptography import GenerateRandomRequest, GenerateRandomResponse
from shared.crypto.entropy import random_bytes
from shared.errors import UnsupportedOperation, ValidationFailed


def generate_random(call: Call, request: GenerateRandomRequest) -> GenerateRandomResponse:
    if request.custom_key_store_id is not None:
        raise UnsupportedOperation("CustomKeyStoreId is not available in this version")
    if request.number_of_bytes is None:
        raise ValidationFailed("NumberOfBytes is required.")
    recipient = attested_recipient(call, request.recipient)
    answer = answer_for(recipient, random_bytes(request.number_of_bytes))
    return GenerateRandomResponse(answer.plaintext, answer.ciphertext_for_recipient)
