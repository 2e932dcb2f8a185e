"""Wycheproof's cases of AES: the unwrapping of what is imported, keys in a cluster of HSMs, the answer to an enclave.

Nowhere else does the product take an AES key from outside: blobs and its own secrets are sealed under derived keys.
"""

import asyncio
from functools import cache
from itertools import count

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pkcs11 import Attribute, KeyType, ObjectClass

from services.region_node.key_stores import hsm_cluster
from services.region_node.key_stores.hsm_cluster import HsmCluster
from services.region_node.key_stores.hsm_token import OpenToken
from services.region_node.key_stores.settings import HsmClusterSettings
from shared.crypto import cms_envelope
from shared.crypto.key_wrapping import WrappingKey, make_wrapping_key, unwrap
from shared.crypto.store_blob import ForeignCiphertext
from shared.errors import InvalidCiphertext, ValidationFailed
from shared.secrets import Secret
from tests.softhsm import PASSWORD, softhsm_module
from tests.vectors.wycheproof.outcome import ENCRYPTS_ALONE, NOT_OFFERED, TRIED, Document, expected_of

_labels = (f"wycheproof-{number}" for number in count())


def aes_kwp(group: Document, case: Document) -> str:
    """Under a wrapping key, as a client imports. A shorter AES key is refused, whatever it wraps."""
    whole = group["keySize"] == 256
    if whole and expected_of(case):
        assert unwrapped(bytes.fromhex(case["key"]), bytes.fromhex(case["ct"])).hex() == case["msg"]
    else:
        with pytest.raises((InvalidCiphertext, ValidationFailed)):
            unwrapped(bytes.fromhex(case["key"]), bytes.fromhex(case["ct"]))
    return TRIED if whole else NOT_OFFERED


def unwrapped(aes_key: bytes, ciphertext: bytes) -> bytes:
    """What the product makes of AES-KWP under `aes_key`. Errors: those of `unwrap`."""
    wrapping = _wrapping_key()
    public = load_der_public_key(wrapping.public)
    assert isinstance(public, RSAPublicKey)
    wrapped = public.encrypt(aes_key, OAEP(MGF1(SHA256()), SHA256(), None)) + ciphertext
    return unwrap("RSA_AES_KEY_WRAP_SHA_256", wrapping.private, wrapped).reveal()


@cache
def _wrapping_key() -> WrappingKey:
    return make_wrapping_key("RSA_2048")


def aes_cbc(group: Document, case: Document) -> str:
    """The content of CMS EnvelopedData, for a recipient's attestation document."""
    if group["keySize"] != 256:
        return NOT_OFFERED
    if case["result"] == "invalid":
        return ENCRYPTS_ALONE
    plaintext, key, vector = (bytes.fromhex(case[name]) for name in ("msg", "key", "iv"))
    assert cms_envelope._encrypted(plaintext, key, vector).hex() == case["ct"]
    return TRIED


def aes_gcm(group: Document, case: Document) -> str:
    """A key in a cluster: AES-256, nonces of 96 bits, and something to encrypt."""
    if (group["keySize"], group["ivSize"], bool(case["ct"])) != (256, 96, True):
        return NOT_OFFERED
    asyncio.run(_in_cluster(case))
    return TRIED


async def _in_cluster(case: Document) -> None:
    settings = HsmClusterSettings("cluster-2a23b4cdefg", softhsm_module(), "keytide", None)
    cluster, label = HsmCluster(settings, Secret(PASSWORD.encode()), 30.0), next(_labels)
    key, vector, bound, plaintext, ciphertext, tag = (
        bytes.fromhex(case[name]) for name in ("key", "iv", "aad", "msg", "ct", "tag")
    )
    made = ForeignCiphertext(vector, tag, ciphertext)
    await cluster._within(lambda token: _put(token, label, key))
    if case["result"] == "valid":
        sealed = await cluster._within(lambda token: hsm_cluster._seal(token.key(label), vector, plaintext, bound))
        assert sealed == ciphertext + tag
        assert await cluster.decrypt(label, made, bound) == plaintext
    else:
        with pytest.raises(InvalidCiphertext, match=r"^$"):
            await cluster.decrypt(label, made, bound)
    await cluster.destroy_key(label)


def _put(token: OpenToken, label: str, key: bytes) -> None:
    token.session.create_object(
        {
            Attribute.CLASS: ObjectClass.SECRET_KEY,
            Attribute.KEY_TYPE: KeyType.AES,
            Attribute.VALUE: key,
            Attribute.LABEL: label,
            Attribute.ENCRYPT: True,
            Attribute.DECRYPT: True,
            Attribute.TOKEN: False,
        }
    )
