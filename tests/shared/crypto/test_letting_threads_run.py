"""What takes long lets other threads run, so that a node answers other requests meanwhile.

The interpreter is told never to take its lock from a thread: another one runs only if the library gives it away.
"""

import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from shared.crypto.key_material import generate_material
from shared.crypto.opened_key import RAW, EncryptionKey, SigningKey
from tests.shared.crypto.opened_keys import opened

PSS, OAEP, ML_DSA = "RSASSA_PSS_SHA_256", "RSAES_OAEP_SHA_256", "ML_DSA_SHAKE_256"
CALLS = 30
FOR_EVER = 1e6


@pytest.fixture(autouse=True)
def interpreter_that_takes_no_lock_away() -> Iterator[None]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(FOR_EVER)
    yield
    sys.setswitchinterval(interval)


def lets_others_run(work: Callable[[], object]) -> bool:
    """Whether this thread runs before another one has done `work` so many times."""
    started, finished = threading.Event(), threading.Event()

    def work_on() -> None:
        started.set()
        for _ in range(CALLS):
            work()
        finished.set()

    thread = threading.Thread(target=work_on)
    thread.start()
    started.wait()
    ran_meanwhile = not finished.is_set()
    thread.join()
    return ran_meanwhile


@pytest.mark.parametrize("spec", ["RSA_2048", "RSA_4096", "ML_DSA_44", "ML_DSA_87"])
def test_signing(spec: str) -> None:
    key, algorithm = opened(spec), PSS if spec.startswith("RSA") else ML_DSA
    assert isinstance(key, SigningKey)
    assert lets_others_run(lambda: key.sign(algorithm, RAW, b"message"))


@pytest.mark.parametrize("spec", ["RSA_2048", "RSA_4096"])
def test_decrypting(spec: str) -> None:
    key = opened(spec)
    assert isinstance(key, EncryptionKey)
    ciphertext = key.encrypt(OAEP, b"plaintext")
    assert lets_others_run(lambda: key.decrypt(OAEP, ciphertext))


def test_generating_an_rsa_key() -> None:
    assert lets_others_run(lambda: generate_material("RSA_2048"))


def test_work_that_keeps_the_lock_is_found_out() -> None:
    assert not lets_others_run(lambda: sum(range(1000)))
