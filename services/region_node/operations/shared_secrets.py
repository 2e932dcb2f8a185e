"""DeriveSharedSecret, Encapsulate, Decapsulate: two sides come to one secret."""

from typing import cast

from services.region_node.operations import rules
from services.region_node.operations.key_use import usable_key
from services.region_node.operations.recipients import answer_for, attested_recipient
from services.region_node.operations.resolve import arn_of
from services.region_node.operations.rules import Rule
from services.region_node.operations.types.shared_secrets import (
    DecapsulateRequest,
    DecapsulateResponse,
    DeriveSharedSecretRequest,
    DeriveSharedSecretResponse,
    EncapsulateRequest,
    EncapsulateResponse,
)
from services.region_node.operations.weights import WEIGHTS
from services.region_node.operations.working import Eventual, perform
from services.region_node.requests.call import Call
from shared.crypto.opened_key import AgreementKey, EncapsulationKey
from shared.keys.model import Key
from shared.keys.specs import ENCAPSULATE_DECAPSULATE, KEY_AGREEMENT


def derive_shared_secret(call: Call, request: DeriveSharedSecretRequest) -> Eventual[DeriveSharedSecretResponse]:
    recipient = attested_recipient(call, request.recipient)
    algorithm = request.key_agreement_algorithm
    key = usable_key(call, request.key_id, KEY_AGREEMENT, algorithm, rules.DERIVE_SHARED_SECRET)
    opened = cast(AgreementKey, call.vault.open_key(key, key.current_material))

    def respond() -> DeriveSharedSecretResponse:
        answer = answer_for(recipient, opened.derive(request.public_key).reveal())
        return DeriveSharedSecretResponse(
            arn_of(call, key), answer.plaintext, answer.ciphertext_for_recipient, algorithm, key.origin
        )

    return perform(call, WEIGHTS[key.spec].secret, respond, dry_run=request.dry_run)


def encapsulate(call: Call, request: EncapsulateRequest) -> Eventual[EncapsulateResponse]:
    key, opened = _encapsulation_key(call, request, rules.ENCAPSULATE)

    def respond() -> EncapsulateResponse:
        ciphertext, secret = opened.encapsulate()
        return EncapsulateResponse(arn_of(call, key), secret.reveal(), ciphertext, request.encapsulation_algorithm)

    return perform(call, WEIGHTS[key.spec].public, respond, dry_run=request.dry_run)


def decapsulate(call: Call, request: DecapsulateRequest) -> Eventual[DecapsulateResponse]:
    key, opened = _encapsulation_key(call, request, rules.DECAPSULATE)

    def respond() -> DecapsulateResponse:
        secret = opened.decapsulate(request.shared_secret_ciphertext_blob).reveal()
        return DecapsulateResponse(arn_of(call, key), secret, request.encapsulation_algorithm)

    return perform(call, WEIGHTS[key.spec].secret, respond, dry_run=request.dry_run)


def _encapsulation_key(
    call: Call, request: EncapsulateRequest | DecapsulateRequest, rule: Rule
) -> tuple[Key, EncapsulationKey]:
    key = usable_key(call, request.key_id, ENCAPSULATE_DECAPSULATE, request.encapsulation_algorithm, rule)
    return key, cast(EncapsulationKey, call.vault.open_key(key, key.current_material))
