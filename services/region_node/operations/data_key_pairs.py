"""GenerateDataKeyPair, GenerateDataKeyPairWithoutPlaintext."""

from collections.abc import Callable

from services.region_node.operations import rules
from services.region_node.operations.ciphers import encryption_here
from services.region_node.operations.key_use import checked_context, encryption_key
from services.region_node.operations.recipients import answer_for, attested_recipient
from services.region_node.operations.resolve import arn_of
from services.region_node.operations.rules import Rule
from services.region_node.operations.types.data_key_pairs import (
    GenerateDataKeyPairRequest,
    GenerateDataKeyPairResponse,
    GenerateDataKeyPairWithoutPlaintextRequest,
    GenerateDataKeyPairWithoutPlaintextResponse,
)
from services.region_node.operations.weights import WEIGHTS
from services.region_node.operations.working import Eventual, Response, finish_dry_run, perform
from services.region_node.requests.call import Call
from shared.crypto.key_pairs import generate_key_pair
from shared.keys.model import Key
from shared.keys.specs import SYMMETRIC_DEFAULT
from shared.secrets import Secret


def generate_data_key_pair(call: Call, request: GenerateDataKeyPairRequest) -> Eventual[GenerateDataKeyPairResponse]:
    recipient = attested_recipient(call, request.recipient)

    def respond(private: Secret, blob: bytes, public: bytes, key: Key) -> GenerateDataKeyPairResponse:
        answer = answer_for(recipient, private.reveal(), key.current_material.material_id)
        return GenerateDataKeyPairResponse(
            private_key_ciphertext_blob=blob,
            private_key_plaintext=answer.plaintext,
            public_key=public,
            key_id=arn_of(call, key),
            key_pair_spec=request.key_pair_spec,
            ciphertext_for_recipient=answer.ciphertext_for_recipient,
            key_material_id=answer.key_material_id,
        )

    return _pair(call, request, rules.GENERATE_DATA_KEY_PAIR, respond)


def generate_data_key_pair_without_plaintext(
    call: Call, request: GenerateDataKeyPairWithoutPlaintextRequest
) -> Eventual[GenerateDataKeyPairWithoutPlaintextResponse]:
    spec = request.key_pair_spec

    def respond(_private: Secret, blob: bytes, public: bytes, key: Key) -> GenerateDataKeyPairWithoutPlaintextResponse:
        material_id = key.current_material.material_id
        return GenerateDataKeyPairWithoutPlaintextResponse(blob, public, arn_of(call, key), spec, material_id)

    return _pair(call, request, rules.GENERATE_DATA_KEY_PAIR_WITHOUT_PLAINTEXT, respond)


def _pair(
    call: Call,
    request: GenerateDataKeyPairRequest | GenerateDataKeyPairWithoutPlaintextRequest,
    rule: Rule,
    respond: Callable[[Secret, bytes, bytes, Key], Response],
) -> Eventual[Response]:
    """Answers `respond(private, blob, public, key)`. A dry run makes no key pair: it may take a second.

    The state of a key that lies in a custom key store refuses data key pairs, whatever it is.
    """
    context = checked_context(request.encryption_context)
    key = encryption_key(call, request.key_id, SYMMETRIC_DEFAULT, rule)
    encrypt = encryption_here(call, key, SYMMETRIC_DEFAULT, context).transform
    if request.dry_run:
        finish_dry_run()

    def make() -> Response:
        private, public = generate_key_pair(request.key_pair_spec)
        return respond(private, encrypt(private.reveal()), public, key)

    return perform(call, WEIGHTS[request.key_pair_spec].make, make, dry_run=False)
