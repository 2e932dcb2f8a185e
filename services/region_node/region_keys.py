"""The keys that a region's nodes hold in memory.

Owns `RegionKeys` and its making. Where they lie between two runs is the matter of `services/region_node/key_files.py`.
"""

from collections.abc import Mapping
from typing import NamedTuple

from replication.record import RecordKey
from shared.crypto.domain_keys import DOMAIN_KEY_LENGTH, DomainKeys
from shared.crypto.entropy import random_bytes
from shared.crypto.region_card import RegionCard, encode_card
from shared.crypto.region_certificate import identity_certificate
from shared.crypto.region_identity import RegionIdentity
from shared.crypto.sealing import SealingKey
from shared.secrets import Secret

MAC_KEY_LENGTH = 32
FIRST_EPOCH = 1


class RegionKeys(NamedTuple):
    """All that a region's secrets rest on. `mac_key_id` is 16 hex digits, `certificate` the identity's own (DER)."""

    region: str
    mac_key_id: str
    mac_key: Secret
    identity: RegionIdentity
    sealing_keys: Mapping[int, SealingKey]
    domain_keys: DomainKeys
    certificate: bytes

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


def make_region_keys(region: str, buckets: int, now: int) -> RegionKeys:
    """Fresh keys for a new region: one domain key for each of `buckets`. `now` is integer milliseconds since 1970."""
    identity = RegionIdentity.generate()
    return RegionKeys(
        region=region,
        mac_key_id=random_bytes(8).hex(),
        mac_key=Secret(random_bytes(MAC_KEY_LENGTH)),
        identity=identity,
        sealing_keys={1: SealingKey.generate()},
        domain_keys=DomainKeys({(bucket, FIRST_EPOCH): _domain_key() for bucket in range(buckets)}),
        certificate=identity_certificate(identity, region, now),
    )


def _domain_key() -> Secret:
    return Secret(random_bytes(DOMAIN_KEY_LENGTH))
