"""The baselines of `serving` and `operations`: the least that each operation can be.

Owns, for each, the library's call alone and the route that does it once a request: parse the JSON, decode, call,
encode. No signature, no key look-up, no derived key, no checks. Keys are the process's own, so that a route which
verifies or decrypts does it with what was made at its start.
"""

import base64
import hmac
import os
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

MESSAGE = bytes(32)
_cipher = AESGCM(os.urandom(32))
_mac_key = os.urandom(32)
_curve_key = ec.generate_private_key(ec.SECP256R1())
_public_key = _curve_key.public_key()
_rsa_key = rsa.generate_private_key(65537, 2048)
_ecdsa = ec.ECDSA(SHA256())
_oaep = padding.OAEP(padding.MGF1(SHA256()), SHA256(), None)
_signature = _curve_key.sign(MESSAGE, _ecdsa)
_ciphertext = _rsa_key.public_key().encrypt(MESSAGE, _oaep)


class BareCall(NamedTuple):
    """`route` makes an answer's document of a request's."""

    library: Callable[[], object]
    route: Callable[[dict[str, Any]], dict[str, Any]]


def _encrypt(plaintext: bytes) -> bytes:
    nonce = os.urandom(12)
    return nonce + _cipher.encrypt(nonce, plaintext, None)


def _data_key(_request: dict[str, Any]) -> dict[str, Any]:
    key = os.urandom(32)
    return {"Plaintext": _encoded(key), "CiphertextBlob": _encoded(_encrypt(key))}


def _verify(request: dict[str, Any]) -> dict[str, Any]:
    _decoded(request, "Message"), _decoded(request, "Signature")
    _public_key.verify(_signature, MESSAGE, _ecdsa)
    return {"SignatureValid": True}


def _decrypt(request: dict[str, Any]) -> dict[str, Any]:
    _decoded(request, "CiphertextBlob")
    return {"Plaintext": _encoded(_rsa_key.decrypt(_ciphertext, _oaep))}


def _decoded(request: dict[str, Any], member: str) -> bytes:
    return base64.b64decode(request[member])


def _encoded(value: bytes) -> str:
    return base64.b64encode(value).decode()


BARE_CALLS: Mapping[str, BareCall] = {
    "Encrypt": BareCall(
        lambda: _encrypt(MESSAGE),
        lambda request: {"CiphertextBlob": _encoded(_encrypt(_decoded(request, "Plaintext")))},
    ),
    "Decrypt": BareCall(lambda: _rsa_key.decrypt(_ciphertext, _oaep), _decrypt),
    "GenerateDataKey": BareCall(lambda: _encrypt(os.urandom(32)), _data_key),
    "Sign": BareCall(
        lambda: _curve_key.sign(MESSAGE, _ecdsa),
        lambda request: {"Signature": _encoded(_curve_key.sign(_decoded(request, "Message"), _ecdsa))},
    ),
    "Verify": BareCall(lambda: _public_key.verify(_signature, MESSAGE, _ecdsa), _verify),
    "GenerateMac": BareCall(
        lambda: hmac.digest(_mac_key, MESSAGE, "sha256"),
        lambda request: {"Mac": _encoded(hmac.digest(_mac_key, _decoded(request, "Message"), "sha256"))},
    ),
}
"""Operation -> its baselines; Decrypt is that of RSA_2048, Sign and Verify are those of P-256."""
