"""Sign, Verify."""

from typing import cast

from services.region_node.operations import rules
from services.region_node.operations.key_use import usable_key
from services.region_node.operations.resolve import arn_of
from services.region_node.operations.rules import Rule
from services.region_node.operations.types.signing import SignRequest, SignResponse, VerifyRequest, VerifyResponse
from services.region_node.operations.weights import WEIGHTS
from services.region_node.operations.working import Eventual, perform
from services.region_node.requests.call import Call
from shared.crypto.opened_key import SigningKey
from shared.keys.model import Key
from shared.keys.specs import SIGN_VERIFY


def sign(call: Call, request: SignRequest) -> Eventual[SignResponse]:
    key, opened = _signing_key(call, request, rules.SIGN)
    algorithm = request.signing_algorithm

    def respond() -> SignResponse:
        signature = opened.sign(algorithm, request.message_type, request.message)
        return SignResponse(arn_of(call, key), signature, algorithm)

    return perform(call, WEIGHTS[key.spec].secret, respond, dry_run=request.dry_run)


def verify(call: Call, request: VerifyRequest) -> Eventual[VerifyResponse]:
    key, opened = _signing_key(call, request, rules.VERIFY)
    algorithm = request.signing_algorithm

    def respond() -> VerifyResponse:
        opened.verify(algorithm, request.message_type, request.message, request.signature)
        return VerifyResponse(arn_of(call, key), signature_valid=True, signing_algorithm=algorithm)

    return perform(call, WEIGHTS[key.spec].public, respond, dry_run=request.dry_run)


def _signing_key(call: Call, request: SignRequest | VerifyRequest, rule: Rule) -> tuple[Key, SigningKey]:
    key = usable_key(call, request.key_id, SIGN_VERIFY, request.signing_algorithm, rule)
    return key, cast(SigningKey, call.vault.open_key(key, key.current_material))
