"""The keys that a region's nodes hold in memory.

Owns `RegionKeys` and its making. Where they lie between two runs is the matter of
`services/region_node/keys/key_files.py`.
"""

from typing import NamedTuple

from replication.records.record import RecordKey
from services.region_node.keys.cabinet import Cabinet, MemoryCabinet, domain_file, sealing_file
from shared.crypto.buckets import BUCKETS_A_PARTITION
from shared.crypto.domain_keys import DOMAIN_KEY_LENGTH, FIRST_EPOCH, DomainKeys
from shared.crypto.entropy import random_bytes
from shared.crypto.region_card import RegionCard, encode_card
from shared.crypto.region_certificate import identity_certificate
from shared.crypto.region_identity import RegionIdentity
from shared.crypto.sealing import SealingKey
from shared.crypto.sealing_keys import SealingKeys
from shared.secrets import Secret

MAC_KEY_LENGTH = 32


class RegionKeys(NamedTuple):
    """All that a region's secrets rest on. `mac_key_id` is 16 hex digits, `certificate` the identity's own (DER).

    `cabinet`: where domain keys and sealing keys are kept.
    """

    region: str
    mac_key_id: str
    mac_key: Secret
    identity: RegionIdentity
    sealing_keys: SealingKeys
    domain_keys: DomainKeys
    certificate: bytes
    cabinet: Cabinet

    @property
    def record_key(self) -> RecordKey:
        """What authenticates the records of the region's own log."""
        return RecordKey(self.mac_key_id, self.mac_key.reveal())

    @property
    def card(self) -> RegionCard:
        """The region's public keys, with its newest sealing key."""
        number = max(self.sealing_keys)
        public = self.sealing_keys[number].public_bytes()
        return RegionCard(self.region, self.identity.public_bytes, number, public, self.certificate)

    @property
    def encoded_card(self) -> bytes:
        """The card as peers get it, signed."""
        return encode_card(self.card, self.identity)

    def encoded_card_with(self, number: int, public: bytes) -> bytes:
        """The same with another sealing key."""
        return encode_card(self.card._replace(sealing_number=number, sealing_public=public), self.identity)


def make_region_keys(region: str, partitions: int, now: int, sealing_number: int = 1) -> RegionKeys:
    """Fresh keys for a new region, in memory: a domain key for each bucket of every partition.

    `now` is integer milliseconds since 1970. `sealing_number`: of its sealing key; a region whose peers have known
    others by its name begins above them.
    """
    identity = RegionIdentity.generate()
    sealing = SealingKey.generate()
    places = [(bucket, FIRST_EPOCH) for bucket in range(partitions * BUCKETS_A_PARTITION)]
    domain_keys = {place: fresh_domain_key() for place in places}
    kept = {
        sealing_file(sealing_number): sealing.seed,
        **{domain_file(*place): key for place, key in domain_keys.items()},
    }
    return RegionKeys(
        region=region,
        mac_key_id=random_bytes(8).hex(),
        mac_key=Secret(random_bytes(MAC_KEY_LENGTH)),
        identity=identity,
        sealing_keys=SealingKeys({sealing_number: sealing}),
        domain_keys=DomainKeys(domain_keys),
        certificate=identity_certificate(identity, region, now),
        cabinet=MemoryCabinet(kept),
    )


def fresh_domain_key() -> Secret:
    return Secret(random_bytes(DOMAIN_KEY_LENGTH))
