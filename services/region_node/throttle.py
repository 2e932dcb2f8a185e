"""The request quotas as one worker enforces them.

Owns the buckets, one for each account and quota, and one for each custom key store. A worker knows only what it has
served itself, so it enforces its share: the quota divided by the number of the node's workers.
"""

from collections.abc import Mapping

from services.region_node.operations.request_quotas import KEY_STORE, quotas_of
from shared.errors import Throttled
from shared.token_bucket import Bucket, full, taken


class Throttle:
    """`per_second`: quota -> requests a second for an account, over all `workers`."""

    def __init__(self, per_second: Mapping[str, int], workers: int) -> None:
        self._share = {quota: count / workers for quota, count in per_second.items()}
        self._buckets: dict[tuple[str, str], Bucket] = {}

    def count(self, account: str, operation: str, document: Mapping[str, object], now: int) -> None:
        """Count one request at `now` (milliseconds). Errors: Throttled."""
        for quota in quotas_of(operation, document):
            self._take(account, quota, now)

    def count_in_store(self, key_store_id: str, now: int) -> None:
        """Count one use of a key that lies in the custom key store, whoever uses it. Errors: Throttled."""
        self._take(key_store_id, KEY_STORE, now)

    def _take(self, owner: str, quota: str, now: int) -> None:
        share = self._share[quota]
        bucket = taken(self._buckets.get((owner, quota)) or full(share, now), share, now)
        if bucket is None:
            raise Throttled
        self._buckets[owner, quota] = bucket
