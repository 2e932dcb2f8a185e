"""SM2: the examples of the standard, and what OpenSSL makes, through the product's functions."""

import pytest

from shared.crypto.key_material import imported_material, open_key
from shared.crypto.opened_key import DIGEST, RAW
from shared.errors import InvalidKeySignature
from tests.vectors import published_sm2 as published
from tests.vectors.published import Agreed, Encrypted, Signed

pytest.importorskip("gmssl_pyx", reason="SM2 WAS NOT TESTED: the packages of the extra sm2 are not installed")

from shared.crypto.sm2 import Sm2Key


def key_of(private: bytes) -> Sm2Key:
    key = open_key("SM2", imported_material("SM2", private))
    assert isinstance(key, Sm2Key)
    return key


@pytest.mark.parametrize("vector", published.SIGNED)
def test_keys_and_signatures(vector: Signed) -> None:
    key = key_of(vector.private)
    assert (key.private_bytes().reveal(), key.public_bytes()) == (vector.private, vector.public)
    if vector.genuine:
        key.verify("SM2DSA", RAW, vector.message, vector.signature)
    else:
        with pytest.raises(InvalidKeySignature):
            key.verify("SM2DSA", RAW, vector.message, vector.signature)


def test_the_digest_of_the_standard() -> None:
    key, digest = key_of(published.STANDARD_PRIVATE), published.STANDARD_DIGEST
    key.verify("SM2DSA", DIGEST, digest, published.STANDARD_SIGNED.signature)
    key.verify("SM2DSA", RAW, published.MESSAGE, key.sign("SM2DSA", DIGEST, digest))


@pytest.mark.parametrize("vector", published.ENCRYPTED)
def test_ciphertexts(vector: Encrypted) -> None:
    assert key_of(vector.private).decrypt("SM2PKE", vector.ciphertext) == vector.plaintext


@pytest.mark.parametrize("vector", published.AGREED)
def test_the_shared_point_of_the_standard(vector: Agreed) -> None:
    assert key_of(vector.private).derive(vector.peer).reveal() == vector.secret
