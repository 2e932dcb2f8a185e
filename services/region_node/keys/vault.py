"""The region's secrets, as operations and the mirror use them.

Owns what a secret is bound to: its `binding`, the same text wrapped and sealed, from which its bucket follows.
"""

from collections.abc import Callable, Mapping

from services.region_node.keys.opened_lately import OpenedLately
from services.region_node.keys.region_keys import RegionKeys
from shared.crypto import key_material
from shared.crypto.buckets import Buckets
from shared.crypto.domain_keys import SecretUnavailable
from shared.crypto.opened_key import OpenedKey
from shared.crypto.region_card import RegionCard
from shared.crypto.sealing import seal, sealing_key_number
from shared.erasure.model import Domain
from shared.errors import KeyUnavailable, NotFound
from shared.identifiers import key_arn
from shared.keys.model import Key, KeyMaterial
from shared.policy.remembered import Kept
from shared.secrets import Secret

MATERIALS_REMEMBERED = 16_384
"""About 10 MB when full. What is evicted is opened again in some microseconds."""
KEYS_REMEMBERED = 2_048
"""Some 10 KB each, of ML-DSA up to 100. What is evicted is opened again in less than a millisecond."""


def material_binding(account: str, key_id: str, material_id: str) -> str:
    """The binding of one version of a key's secret."""
    return f"material/{account}/{key_id}/{material_id}"


def access_key_binding(account: str, access_key_id: str) -> str:
    """The binding of an access key's secret."""
    return f"access-key/{account}/{access_key_id}"


def signing_keys_binding(account: str, access_key_id: str, first_date: str) -> str:
    """The binding of a bundle of derived SigV4 region keys that begins at `first_date` (YYYYMMDD)."""
    return f"signing-keys/{account}/{access_key_id}/{first_date}"


def import_token_binding(account: str, key_id: str) -> str:
    """The binding of an import token: it is good for one key."""
    return f"import-token/{account}/{key_id}"


def key_store_binding(account: str, key_store_id: str) -> str:
    """The binding of a custom key store's secret: its raw secret access key, or its password."""
    return f"key-store/{account}/{key_store_id}"


class RegionVault:
    """Opens and wraps under the region's own keys; seals to the peers whose `cards` are pinned, as they are now."""

    def __init__(
        self,
        keys: RegionKeys,
        partitions: int,
        cards: Callable[[], Mapping[str, RegionCard]],
        materials_remembered: int = MATERIALS_REMEMBERED,
        keys_remembered: int = KEYS_REMEMBERED,
    ) -> None:
        self._region = keys.region
        self._sealing_keys = keys.sealing_keys
        self._domain_keys = keys.domain_keys
        self._buckets = Buckets(partitions, keys.domain_keys.buckets)
        self._cards = cards
        self._materials: OpenedLately[Secret] = OpenedLately(materials_remembered)
        self._opened_keys: OpenedLately[OpenedKey] = OpenedLately(keys_remembered)

    def open_material(self, key: Key, material: KeyMaterial) -> Secret:
        """The secret of one material of `key`. Errors: KeyUnavailable, retryable, while it cannot be opened here."""
        name = (key.account, key.key_id, material.material_id, material.wrapped)
        secret = self._materials.find(name)
        if secret is None:
            secret = self._open(key, material)
            self._materials.keep(name, secret)
        return secret

    def open_key(self, key: Key, material: KeyMaterial) -> OpenedKey:
        """One material of an asymmetric, HMAC or KEM key, parsed. Errors: as `open_material`."""
        name = (key.account, key.key_id, material.material_id, material.wrapped)
        opened = self._opened_keys.find(name)
        if opened is None:
            opened = key_material.open_key(key.spec, self._open(key, material))
            self._opened_keys.keep(name, opened)
        return opened

    def wrap_material(self, account: str, key_id: str, material_id: str, secret: Secret) -> bytes:
        return self.wrap_secret(account, material_binding(account, key_id, material_id), secret)

    def seal_material(self, region: str, account: str, key_id: str, material_id: str, secret: Secret) -> bytes:
        return self.seal_secret(region, material_binding(account, key_id, material_id), secret)

    def peer_regions(self) -> frozenset[str]:
        return frozenset(self._cards()) - {self._region}

    def bucket(self, account: str, binding: str) -> int:
        """The bucket whose domain keys wrap what is bound so."""
        return self._buckets.of(account, binding)

    def carries_tokens(self, bucket: int) -> bool:
        return self._buckets.carries_tokens(bucket)

    def is_in(self, bucket: int, partition: int) -> bool:
        return bucket % self._buckets.partitions == partition

    def wrap_secret(self, account: str, binding: str, secret: Secret) -> bytes:
        """`secret` as a record of this region's log may hold it, under the newest key of its bucket."""
        return self._domain_keys.wrap(self.bucket(account, binding), secret, binding)

    def wrap_in(self, domain: Domain, binding: str, secret: Secret) -> bytes:
        """The same under the present key of `domain`, its bucket. Errors: SecretUnavailable where it is not held."""
        return self._domain_keys.wrap(domain.bucket, secret, binding, domain.epoch, domain.fingerprint)

    def has_present(self, domain: Domain) -> bool:
        """Whether the key that is held for the present epoch of `domain` is the one that the log knows."""
        return self._domain_keys.holds(domain.bucket, domain.epoch, domain.fingerprint)

    def kept(self) -> Mapping[str, Kept]:
        """How the memories of opened materials and of parsed keys do."""
        return {"materials": self._materials.kept(), "keys": self._opened_keys.kept()}

    def forget(self) -> None:
        """Forget what was opened before: it may be of keys that are no more."""
        self._materials.clear()
        self._opened_keys.clear()

    def open_secret(self, binding: str, wrapped: bytes) -> Secret:
        """The secret inside `wrapped`. Errors: SecretUnavailable."""
        return self._domain_keys.unwrap(wrapped, binding)

    def seal_secret(self, region: str, binding: str, secret: Secret) -> bytes:
        """`secret` sealed to the peer `region` and to nobody else. Errors: NotFound for a region that is no peer."""
        card = self._cards().get(region)
        if card is None or region == self._region:
            raise NotFound(f"Region {region} is not a peer of this region.")
        return seal(card.sealing_public, card.sealing_number, secret, binding)

    def open_sealed(self, binding: str, sealed: bytes) -> Secret:
        """What a peer sealed to this region. Errors: SecretUnavailable."""
        number = sealing_key_number(sealed)
        try:
            sealing_key = self._sealing_keys[number]
        except KeyError:
            raise SecretUnavailable(f"the region has no sealing key {number}") from None
        return sealing_key.open(sealed, binding)

    def _open(self, key: Key, material: KeyMaterial) -> Secret:
        if material.wrapped is None:
            raise _unavailable(self._region, key)
        try:
            return self.open_secret(material_binding(key.account, key.key_id, material.material_id), material.wrapped)
        except SecretUnavailable:
            raise _unavailable(self._region, key) from None


def _unavailable(region: str, key: Key) -> KeyUnavailable:
    return KeyUnavailable(f"{key_arn(region, key.account, key.key_id)} has no usable key material in this region yet.")
