"""The files of one period: gathered frame by frame, delivered in parts, and at the end vouched for by digest files."""

from collections.abc import Iterable, Mapping
from typing import Any

from services.audit.delivery.stores import Store
from services.audit.delivery_settings import DeliverySettings
from shared.audit.delivered_files import (
    Period,
    Placement,
    Previous,
    content_hash,
    digest_content,
    digest_key,
    log_file,
    packed,
    string_to_sign,
)
from shared.crypto.digest_key import DigestKey, key_fingerprint

PART_EVENTS = 5_000
"""Of one file; CloudTrail's are about as long."""

Event = tuple[str, int, dict[str, Any]]
"""Account, time, and CloudTrail's JSON."""


class PeriodFiles:
    """`deliver` blocks: run it in a thread. Errors: NotDelivered; then the whole period is begun again."""

    def __init__(self, settings: DeliverySettings, region: str, period: Period, store: Store) -> None:
        self._settings, self._region, self._period, self._store = settings, region, period, store
        self._waiting: dict[str, list[tuple[int, dict[str, Any]]]] = {}
        self._files: dict[str, list[tuple[str, str, int, int]]] = {}

    def take(self, events: Iterable[Event]) -> None:
        for account, time, event in events:
            self._waiting.setdefault(account, []).append((time, event))

    def deliver(self, *, last: bool = False) -> None:
        """What fills a file; with `last` all."""
        for account, waiting in self._waiting.items():
            while len(waiting) >= PART_EVENTS or (last and waiting):
                self._put(account, waiting[:PART_EVENTS])
                del waiting[:PART_EVENTS]

    def vouch(self, key: DigestKey, before: Mapping[str, Previous]) -> dict[str, Previous]:
        """A digest file for each account, also for one that had no events. Returns what the next ones rest on."""
        accounts = sorted({*before, *self._files, *self._settings.accounts})
        return {account: self._vouch(account, key, before.get(account)) for account in accounts}

    def _put(self, account: str, events: list[tuple[int, dict[str, Any]]]) -> None:
        files = self._files.setdefault(account, [])
        file = log_file(self._placement(account), self._period, len(files) + 1, events)
        self._store.put(file.key, packed(file.content), None)
        files.append((file.key, content_hash(file.content), file.oldest, file.newest))

    def _vouch(self, account: str, key: DigestKey, previous: Previous | None) -> Previous:
        place = self._placement(account)
        fingerprint = key_fingerprint(key.public_bytes)
        content = digest_content(place, self._period, self._files.get(account, ()), previous, fingerprint)
        signature = key.sign(string_to_sign(place, self._period, content, previous))
        name = digest_key(place, self._period.end)
        self._store.put(name, packed(content), signature)
        return Previous(place.bucket, name, content_hash(content), signature)

    def _placement(self, account: str) -> Placement:
        settings = self._settings
        return Placement(settings.bucket_name, settings.prefix, settings.trail, self._region, account)
