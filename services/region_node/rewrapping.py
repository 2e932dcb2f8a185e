"""The secrets of a peer's events, wrapped again for this region.

Owns which events carry sealed secrets and what each is bound to. A secret that is not addressed to this region is no
fault, and one that cannot be opened is left out: its uses fail until it arrives. So is one of another bucket than the
first: a record rests on one domain key, that of the epoch which is current as it is made.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import NamedTuple

from services.region_node.vault import RegionVault, access_key_binding, material_binding, signing_keys_binding
from shared.erasure.events import SecretSealed
from shared.erasure.model import Domain
from shared.events import AccessKeyCreated, Event, SigningKeysIssued, WithMaterials, signing_keys_secret_id
from shared.identity.account_events import AccessKeySecretGiven, access_key_secret_id

log = logging.getLogger(__name__)


class SealedSecret(NamedTuple):
    """`sealed`: region -> the secret sealed to it."""

    secret_id: str
    account: str
    binding: str
    sealed: Mapping[str, bytes]


def sealed_secrets(event: Event) -> Iterator[SealedSecret]:
    """Every secret that a shared event carries."""
    if isinstance(event, WithMaterials | SecretSealed):
        for material in event.materials:
            binding = material_binding(event.account, event.key_id, material.material_id)
            yield SealedSecret(material.material_id, event.account, binding, material.sealed or {})
    elif isinstance(event, SigningKeysIssued):
        secret_id = signing_keys_secret_id(event.access_key_id, event.first_date)
        binding = signing_keys_binding(event.account, event.access_key_id, event.first_date)
        yield SealedSecret(secret_id, event.account, binding, event.sealed or {})
    elif isinstance(event, AccessKeyCreated | AccessKeySecretGiven):
        binding = access_key_binding(event.account, event.access_key_id)
        yield SealedSecret(access_key_secret_id(event.access_key_id), event.account, binding, event.sealed or {})


DomainOf = Callable[[int], Domain]
"""(bucket): as the state knows it."""


def rewrapped(
    vault: RegionVault,
    region: str,
    partition: int,
    events: tuple[Event, ...],
    domain_of: DomainOf = Domain,
) -> dict[str, bytes]:
    """What of `events`, which stand in `partition`, is sealed to `region`, wrapped for its own log, by secret id."""
    found: dict[str, bytes] = {}
    only: int | None = None
    for secret_id, account, binding, sealed in chain.from_iterable(map(sealed_secrets, events)):
        bucket = vault.bucket(account, binding)
        if region not in sealed or not vault.is_in(bucket, partition) or only not in (None, bucket):
            continue
        only = bucket
        wrapped = vault.rewrap(domain_of(bucket), binding, sealed[region])
        if wrapped is None:
            log.error("a secret sealed to this region does not open", extra={"secret_id": secret_id})
        else:
            found[secret_id] = wrapped
    return found
