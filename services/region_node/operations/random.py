"""GenerateRandom."""

from services.region_node.call import Call
from services.region_node.operations.key_use import refuse_recipient
from services.region_node.operations.types.cryptography import GenerateRandomRequest, GenerateRandomResponse
from shared.crypto.entropy import random_bytes
from shared.errors import UnsupportedOperation, ValidationFailed


def generate_random(_call: Call, request: GenerateRandomRequest) -> GenerateRandomResponse:
    refuse_recipient(request.recipient)
    if request.custom_key_store_id is not None:
        raise UnsupportedOperation("CustomKeyStoreId is not available in this version")
    if request.number_of_bytes is None:
        raise ValidationFailed("NumberOfBytes is required.")
    return GenerateRandomResponse(random_bytes(request.number_of_bytes), None)
