"""Requests that take long beside requests that do not, at the one worker of a region."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.running import Running

PAIRS = 6


@contextmanager
def meanwhile(heavy: Callable[[], object]) -> Iterator[Callable[[], bool]]:
    """Runs `heavy` beside the block, which is handed whether it still runs. Errors: those of `heavy`."""
    faults: list[Exception] = []

    def run() -> None:
        try:
            heavy()
        except Exception as fault:
            faults.append(fault)

    thread = threading.Thread(target=run)
    thread.start()
    yield thread.is_alive
    thread.join()
    assert faults == []


@pytest.fixture(scope="module")
def light(kms: Any) -> Callable[[], object]:
    """One Encrypt."""
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    return lambda: kms.encrypt(KeyId=key_id, Plaintext=b"attack at dawn")


def test_many_requests_are_answered_while_key_pairs_are_made(keytide: Running, light: Callable[[], object]) -> None:
    """A worker that stalled would answer about one of them for each pair."""
    kms = keytide.client("us-east-1")
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]

    def make_pairs() -> None:
        for _ in range(PAIRS):
            kms.generate_data_key_pair_without_plaintext(KeyId=key_id, KeyPairSpec="RSA_4096")

    answered = 0
    with meanwhile(make_pairs) as going_on:
        while going_on():
            light()
            answered += 1
    assert answered > 4 * PAIRS
