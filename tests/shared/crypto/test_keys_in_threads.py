"""An opened key is remembered and used by several threads at once: none disturbs another."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.crypto.opened_key import AgreementKey, EncapsulationKey, EncryptionKey, MacKey, SigningKey
from shared.keys.specs import ALGORITHMS
from tests.shared.crypto.opened_keys import OPENED_SPECS, lengths_taken, opened

THREADS, ROUNDS = 4, 5


@pytest.fixture(autouse=True)
def threads_that_change_often() -> Iterator[None]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def use(spec: str, usage: str, algorithm: str) -> None:
    """There and back."""
    key, peer = opened(spec), opened(spec, 1)
    if usage == "SIGN_VERIFY":
        assert isinstance(key, SigningKey)
        for message_type, length in lengths_taken(algorithm).items():
            message = bytes(length or 64)
            key.verify(algorithm, message_type, message, key.sign(algorithm, message_type, message))
    elif usage == "ENCRYPT_DECRYPT":
        assert isinstance(key, EncryptionKey)
        assert key.decrypt(algorithm, key.encrypt(algorithm, b"plaintext")) == b"plaintext"
    elif usage == "KEY_AGREEMENT":
        assert isinstance(key, AgreementKey)
        assert isinstance(peer, AgreementKey)
        assert key.derive(peer.public_bytes()) == peer.derive(key.public_bytes())
    elif usage == "ENCAPSULATE_DECAPSULATE":
        assert isinstance(key, EncapsulationKey)
        encapsulated = key.encapsulate()
        assert key.decapsulate(encapsulated.ciphertext) == encapsulated.shared_secret
    else:
        assert isinstance(key, MacKey)
        key.verify_mac(algorithm, b"message", key.generate_mac(algorithm, b"message"))


@pytest.mark.parametrize(
    ("spec", "usage", "algorithm"),
    [(spec, usage, name) for spec in OPENED_SPECS for usage, names in ALGORITHMS[spec].items() for name in names],
)
def test_threads_share_an_opened_key(spec: str, usage: str, algorithm: str) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        futures = [pool.submit(use, spec, usage, algorithm) for _ in range(THREADS * ROUNDS)]
    assert [future.result() for future in futures] == [None] * len(futures)
