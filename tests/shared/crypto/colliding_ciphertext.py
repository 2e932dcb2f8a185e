"""A ciphertext that AES-GCM accepts under two keys: what key commitment is for.

Owns the arithmetic of GHASH (NIST SP 800-38D section 6) and the attack of "Fast Message Franking" (Dodis, Grubbs,
Ristenpart, Woodage; CRYPTO 2018, section 3): with both keys known, one block of ciphertext makes the two tags equal.
"""

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

BLOCK = 16
_REDUCTION = 0xE1 << 120


def colliding_ciphertext(keys: tuple[bytes, bytes], additional: tuple[bytes, bytes]) -> bytes:
    """One block and a tag that open under both keys, each with its own additional data, and the nonce of zeros."""
    first, second = (_Side(key, data) for key, data in zip(keys, additional, strict=True))
    difference = first.tag_of_nothing ^ second.tag_of_nothing
    block = _product(difference, _inverse(first.weight ^ second.weight))
    tag = first.tag_of_nothing ^ _product(block, first.weight)
    assert tag == second.tag_of_nothing ^ _product(block, second.weight)
    return block.to_bytes(BLOCK, "big") + tag.to_bytes(BLOCK, "big")


class _Side:
    """One key's view: the tag is linear in the one block of ciphertext, `tag_of_nothing + block * weight`."""

    def __init__(self, key: bytes, additional: bytes) -> None:
        encrypt = Cipher(AES(key), ECB()).encryptor()  # noqa: S305 - the block cipher itself is wanted
        hash_key = int.from_bytes(encrypt.update(bytes(BLOCK)), "big")
        mask = int.from_bytes(encrypt.update(bytes(12) + b"\x00\x00\x00\x01"), "big")
        lengths = (len(additional) * 8).to_bytes(8, "big") + (BLOCK * 8).to_bytes(8, "big")
        padded = additional + bytes(-len(additional) % BLOCK)
        self.weight = _product(hash_key, hash_key)
        self.tag_of_nothing = _hash(padded + bytes(BLOCK) + lengths, hash_key) ^ mask


def _hash(data: bytes, hash_key: int) -> int:
    total = 0
    for start in range(0, len(data), BLOCK):
        total = _product(total ^ int.from_bytes(data[start : start + BLOCK], "big"), hash_key)
    return total


def _product(left: int, right: int) -> int:
    """Multiplication in GCM's field, whose bits count from the left."""
    total = 0
    for place in range(127, -1, -1):
        if left >> place & 1:
            total ^= right
        right = right >> 1 ^ (_REDUCTION if right & 1 else 0)
    return total


def _inverse(element: int) -> int:
    """`element ** (2**128 - 2)`: the product of its 127 repeated squares."""
    square, total = element, 1 << 127
    for _ in range(127):
        square = _product(square, square)
        total = _product(total, square)
    return total
