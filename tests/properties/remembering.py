"""A client that remembers what a region has granted it, and the names that its answers hold."""

import base64
from collections import defaultdict
from typing import Any, NamedTuple

from tests.services.region_node.serving import Serving
from tests.wrapping_client import wrap

OAEP = "RSAES_OAEP_SHA_256"


class Known(NamedTuple):
    """What exists in a region. `by_shape`: values by the model's shape that takes them; `granted`: by operation."""

    by_shape: dict[str, list[Any]]
    granted: dict[str, list[dict[str, Any]]]


def encoded(value: bytes) -> str:
    return base64.b64encode(value).decode()


class RememberingClient:
    """Of the region's administrator."""

    def __init__(self, region: Serving) -> None:
        self.region = region
        self.known = Known(defaultdict(list), defaultdict(list))

    def ask(self, operation: str, **parameters: Any) -> Any:
        """The answer's document. Raises AssertionError for a refusal."""
        answer = self.region.ask(operation, **parameters)
        self.known.granted[operation].append(parameters)
        return answer

    def learn(self, shape: str, *values: Any) -> None:
        self.known.by_shape[shape] += values

    def create_key(self, **parameters: Any) -> str:
        """Its id, which is learnt as the ARN is."""
        metadata = self.ask("CreateKey", **parameters)["KeyMetadata"]
        self.learn("KeyIdType", metadata["KeyId"], metadata["Arn"])
        return str(metadata["KeyId"])

    def bring(self, key_id: str, material: bytes, **options: Any) -> None:
        """Import `material`. The wrapped bytes and the token are learnt."""
        options = {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE", **options}
        got = self.ask("GetParametersForImport", KeyId=key_id, WrappingAlgorithm=OAEP, WrappingKeySpec="RSA_2048")
        wrapped = encoded(wrap(OAEP, base64.b64decode(got["PublicKey"]), material))
        self.ask(
            "ImportKeyMaterial",
            KeyId=key_id,
            ImportToken=got["ImportToken"],
            EncryptedKeyMaterial=wrapped,
            **options,
        )
        self.learn("CiphertextType", wrapped, got["ImportToken"])
