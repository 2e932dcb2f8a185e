"""Signature Version 4 of what is sent to a proxy of external key stores.

Source: External Key Store Proxy API Specification, appendix A: service `kms-xks-proxy`, the region of the caller, the
headers Host and X-Amz-Date.
"""

import hmac
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple

from services.region_node.wire.authorization_header import ALGORITHM
from services.region_node.wire.canonical_request import canonical_path
from services.region_node.wire.sigv4 import TERMINATOR, region_key, service_key
from shared.secrets import Secret

SERVICE = "kms-xks-proxy"
SIGNED_HEADERS = "host;x-amz-date"


class Credential(NamedTuple):
    """What a proxy knows the region by."""

    access_key_id: str
    secret: Secret


def signing_headers(
    credential: Credential, region: str, host: str, path: str, body: bytes, now: int
) -> list[tuple[str, str]]:
    """The headers that sign a POST of `body` to `path`. `now` is integer milliseconds since 1970."""
    stamp = datetime.fromtimestamp(now / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{stamp[:8]}/{region}/{SERVICE}/{TERMINATOR}"
    headers = f"host:{host}\nx-amz-date:{stamp}\n"
    head = f"POST\n{canonical_path(path.encode()).decode()}\n\n{headers}\n{SIGNED_HEADERS}\n{sha256(body).hexdigest()}"
    text = f"{ALGORITHM}\n{stamp}\n{scope}\n{sha256(head.encode()).hexdigest()}"
    key = service_key(region_key(credential.secret.reveal(), stamp[:8], region), SERVICE)
    signature = hmac.digest(key, text.encode(), sha256).hex()
    claim = f"Credential={credential.access_key_id}/{scope}, SignedHeaders={SIGNED_HEADERS}, Signature={signature}"
    return [("Host", host), ("X-Amz-Date", stamp), ("Authorization", f"{ALGORITHM} {claim}")]
