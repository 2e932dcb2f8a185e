"""GenerateMac, VerifyMac."""

from typing import NamedTuple

from services.region_node.operations.types.common import Ciphertext, GrantTokens, KeyIdentifierText, Message
from services.region_node.operations.types.key_metadata import MacAlgorithm


class GenerateMacRequest(NamedTuple):
    message: Message
    key_id: KeyIdentifierText
    mac_algorithm: MacAlgorithm
    grant_tokens: GrantTokens = ()
    dry_run: bool = False


class GenerateMacResponse(NamedTuple):
    mac: Ciphertext
    mac_algorithm: MacAlgorithm
    key_id: KeyIdentifierText


class VerifyMacRequest(NamedTuple):
    message: Message
    key_id: KeyIdentifierText
    mac_algorithm: MacAlgorithm
    mac: Ciphertext
    grant_tokens: GrantTokens = ()
    dry_run: bool = False


class VerifyMacResponse(NamedTuple):
    """`mac_valid` is always true: what is not valid is refused."""

    key_id: KeyIdentifierText
    mac_valid: bool
    mac_algorithm: MacAlgorithm
