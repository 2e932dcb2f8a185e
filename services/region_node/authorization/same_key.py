"""Whether ReEncrypt decrypts and encrypts under one key: asked by policies before the two keys are found.

Owns the comparison. It may read the keys that the request names, and tells nobody anything of them.
"""

from typing import NamedTuple

from services.region_node.operations.types.cryptography import ReEncryptRequest
from services.region_node.requests.call import Call
from shared.crypto.blob_versions import place_of_key
from shared.identifiers import parse_key_identifier
from shared.keys.heirs import key_of_blob


class _Named(NamedTuple):
    account: str
    key_id: str | None


def reencrypts_on_same_key(call: Call, request: ReEncryptRequest) -> bool:
    """Errors: InvalidArn, NotFound, InvalidCiphertext for what names no key at all."""
    return _source(call, request) == _named(call, request.destination_key_id)


def _source(call: Call, request: ReEncryptRequest) -> _Named:
    if request.source_key_id is not None:
        return _named(call, request.source_key_id)
    place = place_of_key(request.ciphertext_blob or b"")
    key = key_of_blob(call.view, place.account, place.key_id, place.material_id)
    return _Named(place.account, place.key_id if key is None else key.key_id)


def _named(call: Call, identifier: str) -> _Named:
    account, key_id, alias = parse_key_identifier(
        identifier, region=call.region, caller_account=call.caller.account, aliases=True
    )
    if alias is None:
        return _Named(account, key_id)
    target = call.view.alias(account, alias)
    return _Named(account, None if target is None else target.key_id)
