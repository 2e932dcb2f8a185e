"""The load on all regions: threads that change keys, look at them, and encrypt and decrypt without end.

Owns the threads and the retries. Half of the changes are given up after one attempt, the others are sent again under
the same invocation id until their outcome is known, as an SDK does it.
"""

import random
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from services.drill.calls import Outcome
from services.drill.client import Attempt, Client
from tests.faults.campaign.asking import CHANGES, DISABLED, LOOKS, PLAINTEXT, Change, Look, Subject
from tests.faults.campaign.calls import Call, Calls

WRITERS, READERS, CIPHERS = 2, 2, 1
"""Threads of each kind for each region."""
PAUSE_SECONDS = 0.02
RETRYING_SECONDS = 30.0

Connect = Callable[[str], Client]
"""A client of this region."""


class Keys(NamedTuple):
    """What a stage works on: `subjects` by region, and one key that every region holds and nobody disables."""

    subjects: dict[str, tuple[Subject, ...]]
    steady: str


class Load:
    """Start it, then stop it: all of its calls have ended then. `blobs` were made under the steady key, by region."""

    def __init__(self, calls: Calls, connect: Connect, keys: Keys, seed: int) -> None:
        self._calls, self._keys, self._connect = calls, keys, connect
        self._over = threading.Event()
        self.blobs: dict[str, list[str]] = {region: [] for region in keys.subjects}
        chance = random.Random(seed)
        kinds = ((self._change, WRITERS), (self._look, READERS), (self._encrypt_and_decrypt, CIPHERS))
        self._threads = [
            threading.Thread(target=self._repeat, args=(work, region, random.Random(chance.random())), daemon=True)
            for region in keys.subjects
            for work, count in kinds
            for _ in range(count)
        ]

    def start(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def stop(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def look_at_everything(self) -> None:
        """The last reads, each until it is answered: what was acknowledged has to be seen."""
        for region, subjects in self._keys.subjects.items():
            client = self._connect(region)
            for subject in subjects:
                for look in LOOKS:
                    look_until_told(self._calls, client, subject, look)

    def _repeat(self, work: Callable[[Client, str, random.Random], None], region: str, chance: random.Random) -> None:
        client = self._connect(region)
        while not self._over.wait(chance.uniform(0, 2 * PAUSE_SECONDS)):
            work(client, region, chance)

    def _change(self, client: Client, region: str, chance: random.Random) -> None:
        subject, change = chance.choice(self._keys.subjects[region]), chance.choice(CHANGES)
        seconds = RETRYING_SECONDS if chance.random() < 0.5 else 0.0
        changed(self._calls, client, subject, change, seconds)

    def _look(self, client: Client, region: str, chance: random.Random) -> None:
        looked(self._calls, client, chance.choice(self._keys.subjects[region]), chance.choice(LOOKS))

    def _encrypt_and_decrypt(self, client: Client, region: str, chance: random.Random) -> None:
        """Under the steady key, and of what any region has encrypted before."""
        sealed = self._steady(client, region, "Encrypt", KeyId=self._keys.steady, Plaintext=PLAINTEXT)
        if sealed.outcome is Outcome.OK:
            self.blobs[region].append(sealed.answer["CiphertextBlob"])
        if blobs := self.blobs[chance.choice(tuple(self.blobs))]:
            self._steady(client, region, "Decrypt", CiphertextBlob=blobs[chance.randrange(len(blobs))])

    def _steady(self, client: Client, region: str, operation: str, **parameters: str) -> Attempt:
        name, began = self._calls.name(), time.monotonic()
        attempt = client.attempt(name, operation, parameters)
        outcome, code = attempt.outcome, attempt.code
        if operation == "Decrypt" and outcome is Outcome.OK and attempt.answer["Plaintext"] != PLAINTEXT:
            outcome, code = Outcome.REFUSED, "wrong plaintext"
        self._calls.add(
            Call(name, region, operation, began, time.monotonic(), outcome, code, steady=True, node=client.node)
        )
        return attempt


def changed(calls: Calls, client: Client, subject: Subject, change: Change, seconds: float) -> Call:
    """Ask for the change, and again for `seconds` while its outcome is unknown or it is refused for now."""
    name, began = calls.name(), time.monotonic()
    parameters = change.parameters(subject, name)
    wrote = (subject.register(change.member), change.value(subject, name))
    attempt = client.attempt(name, change.operation, parameters)
    unknown = attempt.outcome is Outcome.UNKNOWN
    while attempt.outcome is not Outcome.OK and time.monotonic() < began + seconds:
        time.sleep(PAUSE_SECONDS)
        attempt = client.attempt(name, change.operation, parameters)
        unknown |= attempt.outcome is Outcome.UNKNOWN
    # A refusal says of its own attempt alone that it was not carried out.
    outcome = Outcome.UNKNOWN if unknown and attempt.outcome is Outcome.REFUSED else attempt.outcome
    made = Call(
        name, subject.region, change.operation, began, time.monotonic(), outcome, attempt.code, wrote, node=client.node
    )
    calls.add(made)
    return made


def looked(calls: Calls, client: Client, subject: Subject, look: Look) -> Call:
    name, began = calls.name(), time.monotonic()
    attempt = client.attempt(name, look.operation, look.parameters(subject))
    ended = time.monotonic()
    told = look.seen(subject, attempt.answer) if attempt.outcome is Outcome.OK else ()
    if attempt.code == DISABLED:
        told = tuple((register, False) for register, _ in look.seen(subject, {}))
    made = Call(
        name, subject.region, look.operation, began, ended, attempt.outcome, attempt.code, saw=told, node=client.node
    )
    calls.add(made)
    return made


def look_until_told(calls: Calls, client: Client, subject: Subject, look: Look) -> None:
    """Errors: TimeoutError."""
    deadline = time.monotonic() + 2 * RETRYING_SECONDS
    while not looked(calls, client, subject, look).saw:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{subject.region} does not answer {look.operation} any more")
        time.sleep(PAUSE_SECONDS)
