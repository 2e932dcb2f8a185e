"""A worker that is killed while clients encrypt: every answer that reached one has its entry in the trail."""

import os
import signal
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from services.audit.trail.trail import Trail
from shared.audit.entry import AuditEntry, decode_entry
from shared.audit.frame import ChainHead, follow
from tests.faults.conftest import Standing
from tests.running import TWO_REGIONS, wait_until

STANDING = TWO_REGIONS[:1]
(HOME,) = STANDING
CLIENTS = 64
ANSWERS = 400
"""That the clients have together before the kill."""


class Encrypting:
    """Threads that encrypt as fast as they can; the request ids of what was answered are remembered."""

    def __init__(self, client: Any, key_id: str) -> None:
        self._client, self._key_id = client, key_id
        self._stopped = threading.Event()
        self.answered: set[str] = set()
        self._threads = [threading.Thread(target=self._encrypt, daemon=True) for _ in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _encrypt(self) -> None:
        while not self._stopped.is_set():
            try:
                answer = self._client.encrypt(KeyId=self._key_id, Plaintext=b"attack at dawn")
            except (BotoCoreError, ClientError):
                self._stopped.wait(0.02)
            else:
                self.answered.add(answer["ResponseMetadata"]["RequestId"])


def recorded(directory: Path) -> list[AuditEntry]:
    """All entries of all chains of a region's trail, whose hashes agree: what was spooled has come there."""
    entries, heads, after = list[AuditEntry](), dict[str, ChainHead](), 0
    with closing(Trail(directory / "audit" / "trail")) as trail:
        while frames := trail.frames(after, 1_000):
            for _, frame in frames:
                heads[frame.chain] = follow(heads.get(frame.chain, ChainHead()), frame)
                entries.extend(map(decode_entry, frame.entries))
            after = frames[-1].ordinal
    return entries


def encryptions(directory: Path) -> set[str]:
    """The request ids of what succeeded."""
    entries = recorded(directory)
    return {entry.request_id for entry in entries if entry.operation == "Encrypt" and entry.error is None}


@pytest.mark.timeout(120)
def test_what_a_killed_worker_has_answered_is_on_record(standing: Standing) -> None:
    run = standing.run
    client = run.client(HOME, endpoint=run.endpoint(HOME), connections=CLIENTS)
    encrypting = Encrypting(client, client.create_key()["KeyMetadata"]["KeyId"])
    wait_until(lambda: len(encrypting.answered) > ANSWERS, "answers have come")
    os.kill(run.find("worker", HOME).number, signal.SIGKILL)
    before = len(encrypting.answered)
    wait_until(lambda: len(encrypting.answered) > before + CLIENTS, "another worker answers")
    os.kill(run.find("worker", HOME).number, signal.SIGKILL)
    encrypting.stop()
    directory = run.directory / HOME
    wait_until(lambda: encrypting.answered <= encryptions(directory), "every answer's entry is in the trail")
    wait_until(
        lambda: "CreateKey" in {entry.operation for entry in recorded(directory)}, "its record has told of the key"
    )
    assert all(entry.waited for entry in recorded(directory) if entry.operation == "Encrypt")
