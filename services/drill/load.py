"""The load on all regions while a drill lasts: signed clients that use keys and change them without end.

Owns the threads, and what each of them asks. Every call is one attempt: what is not carried out is the drill's to show.
"""

import itertools
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any

from services.drill.calls import Call, Calls, Kind, Outcome
from services.drill.client import Attempt, Client
from services.drill.keys import COMMON_TAG, DRILL_TAG, PLAINTEXT, SYNCHRONOUS_TAG, Keys
from services.drill.site import Site
from services.drill.writes import Write

PAUSE_SECONDS = 0.05
STATES: tuple[tuple[str, dict[str, int], str], ...] = (
    ("DisableKey", {}, "Disabled"),
    ("ScheduleKeyDeletion", {"PendingWindowInDays": 7}, "PendingDeletion"),
)
"""What each single-region key goes through after it was made, and the state that it is found in then."""
MADE = "Enabled"


class Load:
    """Start it, then stop it: all of its calls have ended then. `blobs`: what each region has encrypted."""

    def __init__(self, site: Site, keys: Keys, calls: Calls) -> None:
        self._site, self._keys, self._calls = site, keys, calls
        self._over = threading.Event()
        self._names = map("{}/{}".format, itertools.repeat(secrets.token_hex(4)), itertools.count(1))
        self.writes: list[Write] = []
        self.blobs: dict[str, list[str]] = {region: [] for region in site.regions}
        work = (self._encrypt_and_decrypt, self._live, self._share)
        self._threads = [
            threading.Thread(target=self._repeat, args=(one, region), daemon=True)
            for region in site.regions
            for one in work
        ]
        self._threads.append(threading.Thread(target=self._change_in_common, daemon=True))

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _repeat(self, work: Callable[[Client, str], None], region: str) -> None:
        client = self._site.connect(region)
        while not self._over.wait(PAUSE_SECONDS):
            work(client, region)

    def _encrypt_and_decrypt(self, client: Client, region: str) -> None:
        """Under the key that every region has, and of what any region has encrypted."""
        sealed = self._ask(client, region, Kind.CRYPTOGRAPHY, "Encrypt", KeyId=self._keys.steady, Plaintext=PLAINTEXT)
        if sealed.outcome is Outcome.OK:
            self.blobs[region].append(sealed.answer["CiphertextBlob"])
        others = [blobs[-1] for blobs in self.blobs.values() if blobs]
        if others:
            blob = secrets.choice(others)
            self._ask(client, region, Kind.CRYPTOGRAPHY, "Decrypt", CiphertextBlob=blob)

    def _live(self, client: Client, region: str) -> None:
        """The life of one key of the region alone, as far as it comes."""
        key = self._make(client, region, Kind.CHANGES, Tags=[DRILL_TAG])
        for operation, parameters, state in STATES if key else ():
            if not self._write(client, region, Kind.CHANGES, operation, key, state, KeyId=key, **parameters):
                return

    def _share(self, client: Client, region: str) -> None:
        """A multi-region key, acknowledged once another region has it."""
        self._make(client, region, Kind.SYNCHRONOUS, MultiRegion=True, Tags=[DRILL_TAG, SYNCHRONOUS_TAG])

    def _make(self, client: Client, region: str, kind: Kind, **parameters: Any) -> str:
        """The id of a new key, or ""."""
        made = self._ask(client, region, kind, "CreateKey", **parameters)
        if made.outcome is not Outcome.OK:
            return ""
        key = str(made.answer["KeyMetadata"]["KeyId"])
        self.writes.append(Write(key, region, kind, MADE, self._calls.now()))
        return key

    def _change_in_common(self) -> None:
        """Wherever it is accepted: a region that refuses is left for the next one."""
        clients = {region: self._site.connect(region) for region in self._site.regions}
        turns = itertools.cycle(self._site.regions)
        region = next(turns)
        for number in itertools.count(1):
            if self._over.wait(PAUSE_SECONDS):
                return
            tags = [{"TagKey": COMMON_TAG, "TagValue": str(number)}]
            key = self._keys.common
            if not self._write(
                clients[region], region, Kind.COMMON, "TagResource", key, str(number), KeyId=key, Tags=tags
            ):
                region = next(turns)

    def _write(
        self, client: Client, region: str, kind: Kind, operation: str, subject: str, value: str, **parameters: Any
    ) -> bool:
        """Whether it was acknowledged. One that was surely not done is no write."""
        attempt = self._ask(client, region, kind, operation, **parameters)
        done = attempt.outcome is Outcome.OK
        if attempt.outcome is not Outcome.REFUSED:
            self.writes.append(Write(subject, region, kind, value, self._calls.now() if done else None))
        return done

    def _ask(self, client: Client, region: str, kind: Kind, operation: str, **parameters: Any) -> Attempt:
        began = self._calls.now()
        attempt = client.attempt(next(self._names), operation, parameters)
        outcome, code = attempt.outcome, attempt.code
        if operation == "Decrypt" and outcome is Outcome.OK and attempt.answer["Plaintext"] != PLAINTEXT:
            outcome, code = Outcome.UNKNOWN, "wrong plaintext"
        self._calls.append(Call(region, kind, operation, began, self._calls.now(), outcome, code))
        return attempt


def until(condition: Callable[[], object], seconds: float) -> bool:
    """Whether it came true in this time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(PAUSE_SECONDS)
    return True
