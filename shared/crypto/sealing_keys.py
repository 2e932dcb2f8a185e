"""The sealing keys that a region holds, by number: what its peers have sealed to it opens under one of them.

Owns which are held. The newest stands in the region's card; an older one is kept until nothing is sealed to it any
more.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping

from shared.crypto.sealing import SealingKey


def sealing_fingerprint(number: int, public: bytes) -> bytes:
    """32 bytes that tell which sealing key it is: SHA-256 over label, number and public key."""
    return hashlib.sha256(b"keytide/sealing-key" + number.to_bytes(8, "big") + public).digest()


class SealingKeys(Mapping[int, SealingKey]):
    """`fetch` finds one that was made since the start; None where it is not kept, or not any more."""

    def __init__(
        self, keys: Mapping[int, SealingKey], fetch: Callable[[int], SealingKey | None] = lambda _number: None
    ) -> None:
        self._keys = dict(keys)
        self._fetch = fetch

    def __getitem__(self, number: int) -> SealingKey:
        if number not in self._keys and (fetched := self._fetch(number)) is not None:
            self._keys[number] = fetched
        return self._keys[number]

    def __iter__(self) -> Iterator[int]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, number: int, key: SealingKey) -> None:
        self._keys[number] = key

    def keep_only(self, numbers: frozenset[int]) -> None:
        """Forget every other key."""
        for number in self._keys.keys() - numbers:
            del self._keys[number]
