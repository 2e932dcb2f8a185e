"""SM2: what the tests of all algorithms leave of the standard's examples, and of OpenSSL's keys."""

import pytest

from shared.crypto.key_material import imported_material, open_key
from shared.crypto.opened_key import DIGEST, RAW
from tests.vectors import published_sm2
from tests.vectors.sources import SM2, require_packages


@pytest.fixture(autouse=True)
def _packages() -> None:
    require_packages(SM2)


def test_the_digest_of_the_standard() -> None:
    from shared.crypto.sm2 import Sm2Key

    key = open_key("SM2", imported_material("SM2", published_sm2.STANDARD_PRIVATE))
    assert isinstance(key, Sm2Key)
    signature, digest = published_sm2.STANDARD_SIGNED.signature, published_sm2.STANDARD_DIGEST
    key.verify("SM2DSA", DIGEST, digest, signature)
    key.verify("SM2DSA", RAW, published_sm2.MESSAGE, key.sign("SM2DSA", DIGEST, digest))


def test_a_key_is_written_as_openssl_writes_it() -> None:
    from shared.crypto.sm2 import Sm2Key

    key = open_key("SM2", imported_material("SM2", published_sm2.OPENSSL_PRIVATE))
    assert isinstance(key, Sm2Key)
    assert key.private_bytes().reveal() == published_sm2.OPENSSL_PRIVATE
