"""One external key store: its proxy, spoken to as AWS KMS does.

Owns the four calls. Source: External Key Store Proxy API Specification, version 1.
"""

import logging
from collections.abc import Callable
from typing import NoReturn

from services.region_node.key_stores import messages
from services.region_node.key_stores.calls import Calls
from services.region_node.key_stores.causes import OutsideFailed
from services.region_node.key_stores.https_connections import HttpsConnections
from services.region_node.key_stores.messages import Told
from services.region_node.key_stores.proxy_signing import Credential, signing_headers
from shared.crypto.store_blob import ForeignCiphertext
from shared.key_stores.errors import ExternalKeyInvalid
from shared.key_stores.model import EXTERNAL_KEY_STORE

log = logging.getLogger(__name__)

NEEDED_SPEC = "AES_256"
NEEDED_USAGES = frozenset({"ENCRYPT", "DECRYPT"})


class ExternalKeyStore:
    """`path` ends in `/kms/xks/v1`. `now` gives integer milliseconds since 1970."""

    def __init__(
        self,
        connections: HttpsConnections,
        path: str,
        credential: Credential,
        region: str,
        now: Callable[[], int],
        calls: Calls | None = None,
    ) -> None:
        self._connections, self._path, self._credential = connections, path, credential
        self._region, self._now, self._calls = region, now, calls or Calls()

    async def connect(self, told: Told) -> None:
        """Whether the proxy is there, takes the credential and has a key manager. Errors: OutsideFailed, Throttled."""
        messages.require_health(await self._ask("/health", messages.health_request(told)))

    async def require_key(self, external_key_id: str, told: Told) -> None:
        """Whether a key may rest on this external key. Errors: ExternalKeyInvalid, OutsideFailed, Throttled."""
        body = await self._ask(f"/keys/{external_key_id}/metadata", messages.metadata_request(told))
        key = messages.read_key(body)
        if key.spec != NEEDED_SPEC:
            raise ExternalKeyInvalid(
                f"The key spec of the external key must be {NEEDED_SPEC}. "
                f"The key spec of specified external key is {key.spec}."
            )
        if key.status != "ENABLED":
            raise ExternalKeyInvalid(
                f"The status of the external key must be ENABLED. The status of specified external key is {key.status}."
            )
        if not set(key.usages) >= NEEDED_USAGES:
            raise ExternalKeyInvalid(
                "The key usage of the external key must include ENCRYPT and DECRYPT. "
                f"The key usage of specified external key is {', '.join(key.usages)}."
            )

    async def encrypt(self, external_key_id: str, plaintext: bytes, bound: bytes, told: Told) -> ForeignCiphertext:
        """Errors: OutsideFailed, Throttled."""
        request = messages.encrypt_request(told, plaintext, bound)
        body = await self._ask(f"/keys/{external_key_id}/encrypt", request)
        return messages.read_encrypted(body, len(plaintext), bound)

    async def decrypt(self, external_key_id: str, made: ForeignCiphertext, bound: bytes, told: Told) -> bytes:
        """Errors: OutsideFailed, Throttled."""
        body = await self._ask(f"/keys/{external_key_id}/decrypt", messages.decrypt_request(told, made, bound))
        return messages.read_decrypted(body, len(made.ciphertext))

    async def _ask(self, resource: str, body: bytes) -> bytes:
        path = self._path + resource
        headers = signing_headers(self._credential, self._region, self._connections.host, path, body, self._now())
        with self._calls.to(EXTERNAL_KEY_STORE):
            status, answer = await self._connections.post(path, headers, body)
            return answer if status == 200 else self._refused(status, answer)

    def _refused(self, status: int, answer: bytes) -> NoReturn:
        cause = messages.read_refusal(answer)
        log.warning(
            "a proxy refused a request", extra={"host": self._connections.host, "status": status, "cause": cause.text}
        )
        raise OutsideFailed(cause)
