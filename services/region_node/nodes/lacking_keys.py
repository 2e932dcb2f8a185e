"""Domain keys that another node of the region has made, and this one lacks.

Owns the asking for them. What was wrapped under such a key before it is here is of no use at this node meanwhile, and
its uses are refused with an error that clients retry.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from replication.erasing import domain_in
from replication.state_store import StateStore
from services.region_node.cabinet import domain_file
from services.region_node.nodes.handover import Place
from services.region_node.region_keys import RegionKeys
from shared.crypto.domain_keys import fingerprint
from shared.erasure.model import Domain
from shared.secrets import Secret

Fetch = Callable[[Sequence[Place]], Awaitable[Mapping[Place, Secret]]]


class LackingKeys:
    """Of one node. `fetch` asks the others."""

    def __init__(self, partitions: int, store: StateStore, keys: RegionKeys, fetch: Fetch) -> None:
        self._partitions, self._store, self._keys, self._fetch = partitions, store, keys, fetch

    async def run(self) -> None:
        """Get what is lacking. Errors: SecretUnavailable for an answer that was not sealed to this node."""
        domains = self._domains()
        lacking = [
            (domain.bucket, epoch)
            for domain in domains.values()
            for epoch in range(domain.closed + 1, domain.epoch + 1)
            if not self._keys.domain_keys.holds(domain.bucket, epoch)
        ]
        if not lacking:
            return
        for place, key in (await self._fetch(lacking)).items():
            if self._is_right(domains[place[0]], place, key):
                self._keys.cabinet.add(domain_file(*place), key)
                self._keys.domain_keys.add(*place, key)

    def _domains(self) -> dict[int, Domain]:
        with self._store.read() as snapshot:
            buckets = range(self._keys.domain_keys.buckets)
            return {bucket: domain_in(snapshot, self._partitions, bucket) for bucket in buckets}

    @staticmethod
    def _is_right(domain: Domain, place: Place, key: Secret) -> bool:
        """The log has the fingerprint of the present key; a key under another one would open nothing."""
        return place[1] != domain.epoch or not domain.fingerprint or fingerprint(*place, key) == domain.fingerprint
