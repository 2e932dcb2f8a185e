"""GenerateRandom: from the kernel's generator, or from the HSMs of a custom key store."""

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from services.region_node.key_stores.causes import OutsideFailed
from services.region_node.operations.recipients import answer_for, attested_recipient
from services.region_node.operations.types.cryptography import GenerateRandomRequest, GenerateRandomResponse
from services.region_node.operations.working import Eventual
from services.region_node.requests.call import Call
from shared.crypto.entropy import random_bytes
from shared.errors import UnsupportedOperation, ValidationFailed
from shared.key_stores.errors import KeyStoreInvalidState
from shared.key_stores.lookup import known_key_store
from shared.key_stores.model import CLOUDHSM


def generate_random(call: Call, request: GenerateRandomRequest) -> Eventual[GenerateRandomResponse]:
    if request.number_of_bytes is None:
        raise ValidationFailed("NumberOfBytes is required.")
    recipient = attested_recipient(call, request.recipient)
    if request.custom_key_store_id is not None:
        return _from_cluster(call, request.custom_key_store_id, request.number_of_bytes, recipient)
    return _response(recipient, random_bytes(request.number_of_bytes))


def _response(recipient: RSAPublicKey | None, drawn: bytes) -> GenerateRandomResponse:
    answer = answer_for(recipient, drawn)
    return GenerateRandomResponse(answer.plaintext, answer.ciphertext_for_recipient)


async def _from_cluster(
    call: Call, key_store_id: str, count: int, recipient: RSAPublicKey | None
) -> GenerateRandomResponse:
    store = known_key_store(call.view, call.caller.account, key_store_id)
    if store.kind != CLOUDHSM:
        raise UnsupportedOperation("An external key store gives no random bytes.")
    if not store.is_connected:
        raise KeyStoreInvalidState(f"Custom key store {key_store_id} is {store.connection_state}, not CONNECTED.")
    try:
        drawn = await call.key_stores.cluster(store).random_bytes(count)
    except OutsideFailed as failed:
        raise failed.cause.on_key(failed.cause.text) from None
    return _response(recipient, drawn)
