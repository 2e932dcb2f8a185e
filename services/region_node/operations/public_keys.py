"""GetPublicKey."""

from typing import cast

from services.region_node.operations import rules
from services.region_node.operations.metadata import algorithms_of
from services.region_node.operations.resolve import arn_of, resolve_allowed
from services.region_node.operations.types.public_keys import GetPublicKeyRequest, GetPublicKeyResponse
from services.region_node.operations.weights import WEIGHTS
from services.region_node.operations.working import Eventual, perform
from services.region_node.requests.call import Call
from shared.crypto.opened_key import PublicHalf
from shared.errors import UnsupportedOperation
from shared.keys.model import Key
from shared.keys.specs import (
    ENCAPSULATE_DECAPSULATE,
    ENCRYPT_DECRYPT,
    KEY_AGREEMENT,
    SIGN_VERIFY,
    key_type,
)


def get_public_key(call: Call, request: GetPublicKeyRequest) -> Eventual[GetPublicKeyResponse]:
    """A disabled key shows its public half too."""
    key = resolve_allowed(call, request.key_id, rules.GET_PUBLIC_KEY)
    _require_asymmetric(call, key)
    opened = cast(PublicHalf, call.vault.open_key(key, key.current_material))
    return perform(call, WEIGHTS[key.spec].show, lambda: _shown(call, key, opened), dry_run=False)


def _shown(call: Call, key: Key, opened: PublicHalf) -> GetPublicKeyResponse:
    return GetPublicKeyResponse(
        key_id=arn_of(call, key),
        public_key=opened.public_bytes(),
        customer_master_key_spec=key.spec,
        key_spec=key.spec,
        key_usage=key.usage,
        encryption_algorithms=algorithms_of(key, ENCRYPT_DECRYPT),
        signing_algorithms=algorithms_of(key, SIGN_VERIFY),
        key_agreement_algorithms=algorithms_of(key, KEY_AGREEMENT),
        encapsulation_algorithms=algorithms_of(key, ENCAPSULATE_DECAPSULATE),
    )


def _require_asymmetric(call: Call, key: Key) -> None:
    """Errors: UnsupportedOperation."""
    if key_type(key.spec) != "asymmetric":
        raise UnsupportedOperation(f"{arn_of(call, key)} key spec is {key.spec} which is not valid for GetPublicKey.")
