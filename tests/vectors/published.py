"""Published vectors that give the key, in one form each: for the product's functions, and for its API by an import.

`private` is PKCS#8 DER, `public` SubjectPublicKeyInfo DER.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar


class Signed(NamedTuple):
    """A signature over a message; `genuine` says whether it has to be taken."""

    spec: str
    private: bytes
    public: bytes
    algorithm: str
    message: bytes
    signature: bytes
    genuine: bool = True

    @property
    def deterministic(self) -> bool:
        """Whether the scheme gives the same bytes again (RFC 8017, section 8.2; RFC 8032)."""
        return self.algorithm.startswith(("RSASSA_PKCS1", "ED25519"))


class Encrypted(NamedTuple):
    spec: str
    private: bytes
    algorithm: str
    ciphertext: bytes
    plaintext: bytes


class Agreed(NamedTuple):
    """The secret shared with the holder of the public key `peer`; `genuine` says whether it has to come out."""

    spec: str
    private: bytes
    peer: bytes
    secret: bytes
    genuine: bool = True
    algorithm: str = "ECDH"


class Coded(NamedTuple):
    """A code under the bytes `private`."""

    spec: str
    private: bytes
    algorithm: str
    message: bytes
    code: bytes


Vector = TypeVar("Vector", Signed, Encrypted, Agreed, Coded)


def of_keys(vectors: Iterable[Vector], most: int) -> Iterator[Sequence[Vector]]:
    """The vectors of the first `most` keys of every key spec, those of one key together."""
    together: dict[tuple[str, bytes], list[Vector]] = {}
    for vector in vectors:
        together.setdefault((vector.spec, vector.private), []).append(vector)
    keys: Counter[str] = Counter()
    for (spec, _), group in together.items():
        keys[spec] += 1
        if keys[spec] <= most:
            yield group
