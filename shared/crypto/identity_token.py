"""Identity tokens of OIDC providers: JSON Web Tokens, read and verified.

Owns which algorithms are taken, of which keys, and nothing of what the claims mean (`shared/identity/web_identity.py`).
The algorithm has to fit the key that the provider publishes, so that no public key is ever taken for a secret; without
a signature no token is taken at all. Source: RFC 7515, 7517, 7518, 7519; the JOSE work is PyJWT's.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import jwt

SMALLEST_RSA_BITS = 2048
LARGEST_RSA_BITS = 8192
_PUBLIC_MEMBERS = {"RSA": ("kty", "n", "e"), "EC": ("kty", "crv", "x", "y")}
_RSA = ("RSA", None)
ALGORITHMS: Mapping[str, tuple[str, str | None]] = {
    "RS256": _RSA,
    "RS384": _RSA,
    "RS512": _RSA,
    "PS256": _RSA,
    "PS384": _RSA,
    "PS512": _RSA,
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
}
"""Algorithm -> the type and curve of its keys."""

Jwk = Mapping[str, Any]
"""One key of a provider, as it publishes it."""


class MalformedIdentityToken(ValueError):
    """The text is no JSON Web Token, or one that nobody may rely on. The message says why, without its content."""


class UnverifiedToken(NamedTuple):
    """What a token says before anybody has verified it: until then `claims` are good for finding the provider alone."""

    text: str
    algorithm: str
    key_id: str | None
    claims: Mapping[str, Any]


def read_identity_token(text: str) -> UnverifiedToken:
    """Errors: MalformedIdentityToken."""
    try:
        read = jwt.decode_complete(text, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise MalformedIdentityToken("it is no JSON Web Token") from None
    header, claims = read["header"], read["payload"]
    algorithm, key_id = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise MalformedIdentityToken(f"its algorithm is none of {', '.join(ALGORITHMS)}")
    if "crit" in header or not isinstance(key_id, str | None):
        raise MalformedIdentityToken("its header has what is not understood")
    return UnverifiedToken(text, algorithm, key_id, claims)


def is_signed_by(token: UnverifiedToken, key: Jwk) -> bool:
    """Whether `key` signed the token. A key of another kind, or for another use, did not."""
    public = _public_part(token.algorithm, key)
    if public is None:
        return False
    try:
        opened = jwt.PyJWK(public, token.algorithm).key
        if public["kty"] == "RSA" and not SMALLEST_RSA_BITS <= opened.key_size <= LARGEST_RSA_BITS:
            return False
        jwt.PyJWS().decode_complete(token.text, opened, algorithms=[token.algorithm])
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return False
    return True


def _public_part(algorithm: str, key: Jwk) -> dict[str, Any] | None:
    """The key's public members alone, where it is one for `algorithm`."""
    kind, curve = ALGORITHMS[algorithm]
    fits = key.get("kty") == kind and (curve is None or key.get("crv") == curve)
    if not fits or key.get("use", "sig") != "sig" or key.get("alg", algorithm) != algorithm:
        return None
    return {name: key[name] for name in _PUBLIC_MEMBERS[kind] if isinstance(key.get(name), str)}
