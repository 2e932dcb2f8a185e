"""Sign, Verify."""

from typing import NamedTuple

from services.region_node.operations.types.common import (
    Ciphertext,
    GrantTokens,
    KeyIdentifierText,
    Message,
    MessageType,
)
from services.region_node.operations.types.key_metadata import SigningAlgorithm
from shared.crypto.opened_key import RAW


class SignRequest(NamedTuple):
    key_id: KeyIdentifierText
    message: Message
    signing_algorithm: SigningAlgorithm
    message_type: MessageType = RAW
    grant_tokens: GrantTokens = ()
    dry_run: bool = False


class SignResponse(NamedTuple):
    key_id: KeyIdentifierText
    signature: Ciphertext
    signing_algorithm: SigningAlgorithm


class VerifyRequest(NamedTuple):
    key_id: KeyIdentifierText
    message: Message
    signature: Ciphertext
    signing_algorithm: SigningAlgorithm
    message_type: MessageType = RAW
    grant_tokens: GrantTokens = ()
    dry_run: bool = False


class VerifyResponse(NamedTuple):
    """`signature_valid` is always true: what is not valid is refused."""

    key_id: KeyIdentifierText
    signature_valid: bool
    signing_algorithm: SigningAlgorithm
