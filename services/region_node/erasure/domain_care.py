"""The advance of a region's domain keys: what lets a destroyed secret be erased from a log that keeps everything.

Owns its steps, each of which follows from the state alone, so that a node that was stopped anywhere goes on from there:

1. A bucket in which something was destroyed, and whose last advance is long enough ago, gets a fresh key, and its next
   epoch (`epoch_opening.py`).
2. The live secrets of the bucket are wrapped again under it, in batches, each on the revisions that it was read at.
3. When nothing live rests on the earlier epochs, a record closes them. Nothing can come under them any more.
4. Only when that record is applied are their keys destroyed, and a record says that this node has done so.

Of several nodes the one that leads takes the first three steps, the last one each takes for itself. Nothing rests on
who leads, which is a matter of who hears whom: all steps are records, and what comes second is void.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from replication.fold.erasing import domain_in, remains_since
from replication.fold.resting import Resting, scan
from replication.state.rows import decode_row
from replication.state.state_store import STREAMS, partition_prefix
from services.region_node.changes.recording import Place, row_of
from services.region_node.erasure.epoch_opening import EpochOpening
from services.region_node.erasure.settings import ErasureSettings
from services.region_node.erasure.state_secrets import bucket_of, wrapped_again
from services.region_node.keys.cabinet import domain_file, numbers_in
from services.region_node.keys.region_keys import RegionKeys
from services.region_node.keys.vault import RegionVault
from shared.crypto.domain_keys import SecretUnavailable, fingerprint
from shared.crypto.region_certificate import born_at
from shared.crypto.session_token import LONGEST_SESSION
from shared.erasure.decide import advance_is_due, may_close, to_destroy
from shared.erasure.events import DomainKeyDestroyed, EpochClosed
from shared.erasure.live import live_secrets
from shared.erasure.model import Domain
from shared.events import Event

log = logging.getLogger(__name__)

BATCH = 32
"""Streams that one record wraps again: few, because a change of any of them makes it void."""
ROWS_AT_ONCE = 1_000
"""Looked at before others get their turn."""
HOUR = 3_600_000
"""Milliseconds."""

TOKENS_LAST = LONGEST_SESSION + HOUR
"""Milliseconds in which the last token of an epoch has run out; the hour is for what is on its way."""
TOKENS_EVERY = 48 * HOUR


class DomainCare:
    """Of one node. `leads`: whether this node does what one of its region has to do."""

    def __init__(
        self,
        place: Place,
        settings: ErasureSettings,
        keys: RegionKeys,
        vault: RegionVault,
        opening: EpochOpening,
        leads: Callable[[], bool] = lambda: True,
    ) -> None:
        self._place, self._settings = place, settings
        self._keys, self._vault = keys, vault
        self._opening, self._leads = opening, leads
        self._born = born_at(keys.certificate)

    async def run(self, *, at_once: bool = False) -> None:
        """One round over all partitions.

        `at_once`: without waiting for the time of the next advance, and whichever node leads.
        """
        self._opening.settle()
        self._drop_strays()
        for partition in range(self._place.partitions):
            if at_once or self._leads():
                await self._open_due(partition, at_once)
                await self._wrap_again(partition)
        await self.destroy()

    async def finish(self) -> None:
        """Take what was begun further, whichever node leads."""
        for partition in range(self._place.partitions):
            await self._wrap_again(partition)
        await self.destroy()

    def is_finished(self) -> bool:
        """Whether no epoch is left to close, as far as this node can tell."""
        return not any(self._unclosed(partition) for partition in range(self._place.partitions))

    async def destroy(self) -> None:
        """Destroy what nothing rests on any more, and say so."""
        for partition in range(self._place.partitions):
            await self._destroy_closed(partition)

    def _drop_strays(self) -> None:
        """Files that were never in use; and keys that are not the log's, as those of a wrong copy of the files are.

        The other nodes give this one the right key.
        """
        with self._place.store.read() as snapshot:
            known = {bucket: domain_in(snapshot, self._place.partitions, bucket) for bucket in self._all_buckets}
        others = [
            (bucket, epoch)
            for (bucket, epoch), key in self._keys.domain_keys.held().items()
            if (known_by := known[bucket].known_by(epoch)) and fingerprint(bucket, epoch, key) != known_by
        ]
        self._keys.cabinet.destroy(())
        self._destroy(others)

    async def _open_due(self, partition: int, at_once: bool) -> None:
        interval = self._settings.advance_hours * HOUR
        with_remains = self._with_remains(partition)
        due = [one for one in with_remains if advance_is_due(one, self._place.now(), interval, at_once=at_once)]
        for domain in dict.fromkeys([*due, *self._with_old_tokens(partition)]):
            await self._opening.open(partition, domain)

    def _with_old_tokens(self, partition: int) -> list[Domain]:
        """The buckets of what only travels: there nobody knows what has ended, so they advance by time alone."""
        buckets = [bucket for bucket in self._buckets(partition) if self._vault.carries_tokens(bucket)]
        with self._place.store.read() as snapshot:
            domains = [domain_in(snapshot, self._place.partitions, bucket) for bucket in buckets]
        return [one for one in domains if self._place.now() - (one.opened_at or self._born) >= TOKENS_EVERY]

    @property
    def _all_buckets(self) -> range:
        return range(self._keys.domain_keys.buckets)

    def _buckets(self, partition: int) -> range:
        return range(partition, self._keys.domain_keys.buckets, self._place.partitions)

    def _with_remains(self, partition: int) -> list[Domain]:
        """The buckets in which something was destroyed since their present epochs began."""
        buckets = self._buckets(partition)
        with self._place.store.read() as snapshot:
            domains = [domain_in(snapshot, self._place.partitions, bucket) for bucket in buckets]
            return [
                domain
                for domain in domains
                if any(True for _ in remains_since(snapshot, partition, domain.bucket, domain.epoch))
            ]

    async def _wrap_again(self, partition: int) -> None:
        """Wrap everything again that rests on earlier epochs, then close those that nothing rests on."""
        open_ones = self._unclosed(partition)
        if not open_ones:
            return
        clean, start, more = set(open_ones), None, True
        while more:
            with self._place.store.read() as snapshot:
                found, start = scan(snapshot, partition, start, ROWS_AT_ONCE)
            more = start is not None
            outdated = [one for one in found if self._rests_on_earlier(one, open_ones)]
            clean -= {bucket for one in outdated for bucket, _ in one.places}
            # What a later version has written comes under the epoch that it was written in: its key has to last.
            clean -= {bucket_of(self._vault, one.stream) for one in found if one.frozen}
            await self._exchange(partition, outdated)
            await asyncio.sleep(0)
        # What was wrapped again in this round is looked at once more in the next: a batch may have been void.
        for bucket in sorted(clean):
            await self._place.record(partition, [EpochClosed(bucket, open_ones[bucket] - 1)])

    def _unclosed(self, partition: int) -> dict[int, int]:
        """Bucket -> its present epoch, for those that have earlier ones which are not closed.

        Not where this node lacks the present key: it wraps nothing there before another one has given it that.
        """
        with self._place.store.read() as snapshot:
            prefix = partition_prefix(partition)
            rows = snapshot.scan(STREAMS, prefix + b"domain/", prefix + b"domain/")
            states = [decode_row(value).state for _, value in rows]
        found = [one for one in states if isinstance(one, Domain) and may_close(one) and self._vault.has_present(one)]
        return {one.bucket: one.epoch for one in found if not self._has_tokens_out(one)}

    def _has_tokens_out(self, domain: Domain) -> bool:
        """Whether clients may still hold tokens from before the present epoch."""
        return self._vault.carries_tokens(domain.bucket) and self._place.now() - domain.opened_at < TOKENS_LAST

    def _rests_on_earlier(self, one: Resting, current: dict[int, int]) -> bool:
        return any(epoch < current.get(bucket, 0) for bucket, epoch in one.places)

    async def _exchange(self, partition: int, outdated: Sequence[Resting]) -> None:
        """In batches by bucket, as fast as the settings let it."""
        by_bucket: dict[int, list[Resting]] = defaultdict(list)
        for one in outdated:
            if not one.frozen:
                by_bucket[bucket_of(self._vault, one.stream)].append(one)
        for bucket, resting in sorted(by_bucket.items()):
            for begin in range(0, len(resting), BATCH):
                batch = resting[begin : begin + BATCH]
                await self._exchange_batch(partition, bucket, batch)
                await asyncio.sleep(len(batch) / self._settings.rewraps_per_second)

    async def _exchange_batch(self, partition: int, bucket: int, batch: Sequence[Resting]) -> None:
        """The secrets and the epoch are of one snapshot: what has ended meanwhile never comes under a later epoch."""
        with self._place.store.read() as snapshot:
            domain = domain_in(snapshot, self._place.partitions, bucket)
            rows = {one.stream: row_of(snapshot, partition, one.stream) for one in batch}
        events: list[Event] = []
        revisions: dict[str, int] = {}
        for stream, row in rows.items():
            if row.frozen or not live_secrets(row.state):
                continue
            try:
                events.append(wrapped_again(self._vault, stream, row.state, domain))
                revisions[stream] = row.revision
            except SecretUnavailable as reason:
                log.error("a secret cannot be wrapped again", extra={"stream": stream, "reason": str(reason)})
        if events:
            await self._place.record_on(partition, events, revisions)

    async def _destroy_closed(self, partition: int) -> None:
        held: dict[int, list[int]] = defaultdict(list)
        for bucket, epoch in numbers_in("domain", self._keys.cabinet.names()):
            if self._vault.is_in(bucket, partition):
                held[bucket].append(epoch)
        with self._place.store.read() as snapshot:
            domains = {bucket: domain_in(snapshot, self._place.partitions, bucket) for bucket in held}
        # A node that lacks the present key keeps the earlier ones: nothing but they may open what is left.
        domains = {bucket: domain for bucket, domain in domains.items() if self._vault.has_present(domain)}
        gone = {bucket: to_destroy(domain, held[bucket]) for bucket, domain in domains.items()}
        self._destroy((bucket, epoch) for bucket, epochs in gone.items() for epoch in epochs)
        for bucket, domain in sorted(domains.items()):
            if domain.destroyed_at(self._place.node) < domain.closed:
                await self._place.record(partition, [DomainKeyDestroyed(bucket, domain.closed, self._place.node)])

    def _destroy(self, places: Iterable[tuple[int, int]]) -> None:
        names = [domain_file(*place) for place in places]
        if not names:
            return
        self._keys.cabinet.destroy(names)
        kept = numbers_in("domain", self._keys.cabinet.names())
        self._keys.domain_keys.keep_only(frozenset((bucket, epoch) for bucket, epoch in kept))
        self._vault.forget()
