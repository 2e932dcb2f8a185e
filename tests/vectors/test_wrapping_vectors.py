"""NIST's vectors of AES-KWP, through the unwrapping of what a client imports."""

import re

import pytest

from shared.errors import InvalidCiphertext
from tests.vectors.response_file import text
from tests.vectors.wycheproof.symmetric import unwrapped


def test_nist_aes_kwp() -> None:
    """Those of AES-256: a client's AES key is no shorter."""
    file = text("keywrap/kwtestvectors/KWP_AD_256.txt")
    found = re.findall(r"^K = (\w+)\nC = (\w+)\n(?:P = (\w+)|FAIL)$", file, re.MULTILINE)
    for key, ciphertext, plaintext in found:
        if plaintext:
            assert unwrapped(bytes.fromhex(key), bytes.fromhex(ciphertext)).hex() == plaintext
        else:
            with pytest.raises(InvalidCiphertext, match=r"^$"):
                unwrapped(bytes.fromhex(key), bytes.fromhex(ciphertext))
    assert (len(found), sum(1 for *_, plaintext in found if plaintext)) == (500, 400)
