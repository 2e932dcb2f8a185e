"""The secrets of a peer's events, wrapped again for this region.

Owns which events carry sealed secrets, what each is bound to, and which are taken. One that is not addressed to this
region is no fault, and one that cannot be opened is left out: its uses fail until it arrives. So is one of another
bucket than the first: a record rests on one domain key, that of the epoch which is current as it is made. And so is
key material that is not what its id commits to, with an alarm that names the giver. The interleaving: a region has lost
a material and asks for it, a turned region gives other bytes under its id, and what is encrypted with them from then on
opens nowhere else.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import NamedTuple

from services.region_node.keys.vault import RegionVault, access_key_binding, material_binding, signing_keys_binding
from shared.crypto.domain_keys import SecretUnavailable
from shared.crypto.material_id import material_id_of
from shared.erasure.events import SecretSealed
from shared.erasure.model import Domain
from shared.events import (
    AccessKeyCreated,
    Event,
    KeyMaterialGiven,
    KeyReplicated,
    MaterialBorn,
    SigningKeysIssued,
    WithMaterials,
    signing_keys_secret_id,
)
from shared.identity.account_events import AccessKeySecretGiven, access_key_secret_id
from shared.secrets import Secret

log = logging.getLogger(__name__)

GIVEN = (KeyReplicated, KeyMaterialGiven, SecretSealed)
"""What brings material that was born before."""

DomainOf = Callable[[int], Domain]
"""(bucket): as the state knows it."""
Rewrap = Callable[[tuple[Event, ...]], dict[str, bytes]]
"""(events): what they carry for this region, wrapped for its own log, by secret id."""
Commits = Callable[[str, str, str], bool | None]
"""(account, key id, material id): whether the id commits to the material, as its birth has said; None: not known."""


class SealedSecret(NamedTuple):
    """`sealed`: region -> the secret sealed to it."""

    secret_id: str
    account: str
    binding: str
    sealed: Mapping[str, bytes]
    fits: Callable[[Secret], bool] = lambda _: True
    """Whether a secret may be this one."""
    must_fit: Callable[[], bool] = lambda: True
    """Whether it is the giver's fault where it is not: somebody has said that the id commits to it."""


def say_unopened(secret_id: str) -> None:
    log.error("a secret sealed to this region does not open", extra={"secret_id": secret_id})


class Adopter(NamedTuple):
    """Who takes the secrets: one partition of a region. `wrong` is told of material that is not what its id says."""

    vault: RegionVault
    region: str
    partition: int
    domain_of: DomainOf = Domain
    commits: Commits = lambda *_: False
    wrong: Callable[[str], None] = log.error
    unopened: Callable[[str], None] = say_unopened

    def rewrapped(self, events: tuple[Event, ...]) -> dict[str, bytes]:
        """What of `events` is sealed to the region, wrapped for its own log, by secret id."""
        found: dict[str, bytes] = {}
        only: int | None = None
        for secret in chain.from_iterable(sealed_secrets(event, self.commits) for event in events):
            bucket = self.vault.bucket(secret.account, secret.binding)
            is_here = self.region in secret.sealed and self.vault.is_in(bucket, self.partition)
            if not is_here or only not in (None, bucket):
                continue
            only = bucket
            wrapped = self._taken(secret, self.domain_of(bucket))
            if wrapped is not None:
                found[secret.secret_id] = wrapped
        return found

    def _taken(self, secret: SealedSecret, domain: Domain) -> bytes | None:
        try:
            opened = self.vault.open_sealed(secret.binding, secret.sealed[self.region])
            if secret.fits(opened):
                return self.vault.wrap_in(domain, secret.binding, opened)
        except SecretUnavailable:
            self.unopened(secret.secret_id)
            return None
        if secret.must_fit():
            self.wrong(f"{secret.binding} with other bytes than the id commits to; they were not taken")
        return None


def sealed_secrets(event: Event, commits: Commits = lambda *_: False) -> Iterator[SealedSecret]:
    """Every secret that a shared event carries."""
    if isinstance(event, WithMaterials | SecretSealed):
        for material in event.materials:
            binding = material_binding(event.account, event.key_id, material.material_id)
            told = _Told(event, material, commits)
            yield SealedSecret(
                material.material_id, event.account, binding, material.sealed or {}, told.fits, told.commits
            )
    elif isinstance(event, SigningKeysIssued):
        secret_id = signing_keys_secret_id(event.access_key_id, event.first_date)
        binding = signing_keys_binding(event.account, event.access_key_id, event.first_date)
        yield SealedSecret(secret_id, event.account, binding, event.sealed or {})
    elif isinstance(event, AccessKeyCreated | AccessKeySecretGiven):
        binding = access_key_binding(event.account, event.access_key_id)
        yield SealedSecret(access_key_secret_id(event.access_key_id), event.account, binding, event.sealed or {})


class _Told(NamedTuple):
    """What is told of a material that an event brings. What the birth has said counts, and what the giver says besides;
    not what it leaves out.
    """

    event: WithMaterials | SecretSealed
    material: MaterialBorn
    of_birth: Commits

    def fits(self, secret: Secret) -> bool:
        """Material that is not known yet, though it is said to have been born before, has to fit: its birth may be on
        its way into the own log. What does not is asked for once that is there; nobody is blamed for it.
        """
        may_differ = not self.commits() and not (isinstance(self.event, GIVEN) and self._birth() is None)
        if may_differ:
            return True
        derived = material_id_of(self.event.account, self.material.born_key_id, secret)
        return derived == self.material.material_id

    def commits(self) -> bool:
        return self.material.id_commits or bool(self._birth())

    def _birth(self) -> bool | None:
        return self.of_birth(self.event.account, self.event.key_id, self.material.material_id)
