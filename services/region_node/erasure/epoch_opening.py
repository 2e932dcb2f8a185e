"""The opening of a bucket's next epoch, from a fresh domain key to the record that makes it the key of its epoch.

Owns the order: the key is durable here, then on as many nodes as have to have it, and only then a record speaks of it.

- *Were it recorded first*, a node that is lost then would take along the only key of what was acknowledged since.
- *Two nodes open the same epoch at once, each with a key of its own*: both records stand on the revision that the
  bucket was read at, so that the first in the log's order counts, by its fingerprint; the second is void. Its key was
  in no use: what is wrapped is wrapped under the key whose fingerprint the log has (`fresh_keys.py`).
"""

import logging
from collections.abc import Callable

from replication.fold.erasing import domain_in
from services.region_node.changes.recording import Place, row_of
from services.region_node.erasure.fresh_keys import FreshKeys, fingerprint_of
from services.region_node.keys.cabinet import domain_file
from services.region_node.keys.region_keys import fresh_domain_key
from services.region_node.nodes.key_copies import Copies
from shared.erasure.decide import copies_needed
from shared.erasure.events import EpochOpened
from shared.erasure.model import Domain
from shared.identifiers import domain_stream
from shared.secrets import Secret

log = logging.getLogger(__name__)


class EpochOpening:
    """Of one node. `min_copies`: the setting, None for none."""

    def __init__(self, place: Place, min_copies: int | None, fresh: FreshKeys, copies: Copies) -> None:
        self._place, self._min_copies, self._fresh, self._copies = place, min_copies, fresh, copies

    async def open(self, partition: int, domain: Domain, make: Callable[[], Secret] = fresh_domain_key) -> bool:
        """Open the epoch after the present one of `domain`; whether this node did."""
        name = domain_file(domain.bucket, domain.epoch + 1)
        key = self._fresh.put_forward(name, make)
        standing = await self._copies.stand(name, key)
        wanted = copies_needed(self._min_copies, len(self._copies.nodes()))
        if len(standing) < wanted:
            told = {"bucket": domain.bucket, "copies": len(standing), "wanted": wanted}
            log.warning("a domain key does not stand on enough nodes yet", extra=told)
            return False
        opened = EpochOpened(domain.bucket, domain.epoch + 1, fingerprint_of(name, key))
        return await self._record(partition, domain, opened)

    async def _record(self, partition: int, domain: Domain, opened: EpochOpened) -> bool:
        """On the revision at which the epoch before was the present one; not where another node was first."""
        stream = domain_stream(domain.bucket)
        with self._place.store.read() as snapshot:
            present = domain_in(snapshot, self._place.partitions, domain.bucket)
            revision = row_of(snapshot, partition, stream).revision
        done = present.epoch == domain.epoch and await self._place.record_on(partition, [opened], {stream: revision})
        self.settle()
        return done

    def settle(self) -> None:
        """Give the keys that the log has named their places, and destroy the others."""
        self._fresh.settle()
