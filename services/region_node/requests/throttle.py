"""The request quotas as one worker enforces them.

Owns the buckets, one for each account and quota, and one for each custom key store. Who has not signed is counted by
his address, so that nobody uses up what others need to sign in. A worker knows only what it has
served itself, so it enforces its share: the quota divided by the number of the node's workers.
"""

from collections.abc import Mapping

from services.metrics.tally import Counts
from services.region_node.operations.request_quotas import KEY_STORE, quotas_of
from shared.errors import Throttled
from shared.policy.remembered import Remembered
from shared.token_bucket import Bucket, full, taken

SOURCES_REMEMBERED = 10_000
"""Requests until a source is forgotten that sends none any more; the memory stays as small."""


class Throttle:
    """`per_second`: quota -> requests a second for an account, over all `workers`."""

    def __init__(self, per_second: Mapping[str, int], workers: int) -> None:
        self._share = {quota: count / workers for quota, count in per_second.items()}
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self.refused = Counts("throttled")
        """By quota."""
        self._of_sources: Remembered[tuple[str, str], Bucket] = Remembered(SOURCES_REMEMBERED)

    def count(self, account: str, operation: str, document: Mapping[str, object], now: int) -> None:
        """Count one request at `now` (milliseconds). Errors: Throttled."""
        for quota in quotas_of(operation, document):
            self._take(account, quota, now)

    def count_unsigned(self, source: str, operation: str, document: Mapping[str, object], now: int) -> None:
        """Count one request at `now` that nobody has signed. `source`: the client's address. Errors: Throttled."""
        for quota in quotas_of(operation, document):
            bucket = self._taken(self._of_sources.get((source, quota)), quota, now)
            self._of_sources.put((source, quota), bucket, 1)

    def count_in_store(self, key_store_id: str, now: int) -> None:
        """Count one use of a key that lies in the custom key store, whoever uses it. Errors: Throttled."""
        self._take(key_store_id, KEY_STORE, now)

    def _take(self, owner: str, quota: str, now: int) -> None:
        self._buckets[owner, quota] = self._taken(self._buckets.get((owner, quota)), quota, now)

    def _taken(self, bucket: Bucket | None, quota: str, now: int) -> Bucket:
        """The bucket after one more request; one that is not remembered is full. Errors: Throttled."""
        share = self._share[quota]
        after = taken(bucket or full(share, now), share, now)
        if after is None:
            self.refused.note(quota)
            raise Throttled
        return after
