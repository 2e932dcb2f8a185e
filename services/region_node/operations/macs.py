"""GenerateMac, VerifyMac."""

from typing import cast

from services.region_node.operations import rules
from services.region_node.operations.key_use import usable_key
from services.region_node.operations.resolve import arn_of
from services.region_node.operations.rules import Rule
from services.region_node.operations.types.macs import (
    GenerateMacRequest,
    GenerateMacResponse,
    VerifyMacRequest,
    VerifyMacResponse,
)
from services.region_node.operations.weights import WEIGHTS
from services.region_node.operations.working import Eventual, perform
from services.region_node.requests.call import Call
from shared.crypto.opened_key import MacKey
from shared.keys.model import Key
from shared.keys.specs import GENERATE_VERIFY_MAC


def generate_mac(call: Call, request: GenerateMacRequest) -> Eventual[GenerateMacResponse]:
    key, opened = _mac_key(call, request, rules.GENERATE_MAC)
    algorithm = request.mac_algorithm

    def respond() -> GenerateMacResponse:
        return GenerateMacResponse(opened.generate_mac(algorithm, request.message), algorithm, arn_of(call, key))

    return perform(call, WEIGHTS[key.spec].secret, respond, dry_run=request.dry_run)


def verify_mac(call: Call, request: VerifyMacRequest) -> Eventual[VerifyMacResponse]:
    key, opened = _mac_key(call, request, rules.VERIFY_MAC)
    algorithm = request.mac_algorithm

    def respond() -> VerifyMacResponse:
        opened.verify_mac(algorithm, request.message, request.mac)
        return VerifyMacResponse(arn_of(call, key), mac_valid=True, mac_algorithm=algorithm)

    return perform(call, WEIGHTS[key.spec].secret, respond, dry_run=request.dry_run)


def _mac_key(call: Call, request: GenerateMacRequest | VerifyMacRequest, rule: Rule) -> tuple[Key, MacKey]:
    key = usable_key(call, request.key_id, GENERATE_VERIFY_MAC, request.mac_algorithm, rule)
    return key, cast(MacKey, call.vault.open_key(key, key.current_material))
