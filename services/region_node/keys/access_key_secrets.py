"""The secrets of access keys, as they are made and given away.

Owns what each region gets of a secret: the home wraps it, the stand-by is sealed all of it, and every other peer a
bundle of derived SigV4 signing keys of its own, one for each of the next dates and each service whose requests it
verifies, with which it signs for no other region, and not for IAM.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol

from services.region_node.keys.vault import access_key_binding, signing_keys_binding
from services.region_node.wire.regional_keys import regional_keys
from shared.crypto import entropy
from shared.identity.commands import CreateAccessKey
from shared.identity.model import Account
from shared.secrets import Secret

SIGNING_KEY_DAYS = 35


class SealingVault(Protocol):
    """The part of the vault that is needed here."""

    def wrap_secret(self, account: str, binding: str, secret: Secret) -> bytes: ...

    def seal_secret(self, region: str, binding: str, secret: Secret) -> bytes: ...

    def peer_regions(self) -> frozenset[str]: ...


class Bundles(NamedTuple):
    """`sealed`: region -> its signing keys for `SIGNING_KEY_DAYS` dates from `first_date` (YYYYMMDD)."""

    first_date: str
    sealed: Mapping[str, bytes]


class FreshAccessKey(NamedTuple):
    """A new access key. `secret` is shown once; the command makes it known."""

    access_key_id: str
    secret: Secret
    command: CreateAccessKey


def fresh_access_key(
    vault: SealingVault, region: str, account: Account, now: int, user_name: str = "", service_principal: str = ""
) -> FreshAccessKey:
    """A new access key of a user, a service, or the root user where both are empty. `now` is integer milliseconds.

    `region` decides about it, and has to be the account's home. The access key verifies in every region as soon as that
    has adopted the one record.
    """
    access_key_id, secret = entropy.access_key_id(account.account), Secret(entropy.access_key_secret().encode())
    wrapped = vault.wrap_secret(account.account, access_key_binding(account.account, access_key_id), secret)
    to_stand_by = sealed_to_stand_by(vault, account, access_key_id, secret)
    verifying = vault.peer_regions() - to_stand_by.keys()
    bundles = signing_bundles(vault, account.account, access_key_id, secret, verifying, now)
    command = CreateAccessKey(
        region,
        account.account,
        user_name,
        access_key_id,
        wrapped,
        to_stand_by,
        service_principal,
        bundles.first_date,
        SIGNING_KEY_DAYS,
        bundles.sealed,
    )
    return FreshAccessKey(access_key_id, secret, command)


def sealed_to_stand_by(vault: SealingVault, account: Account, access_key_id: str, secret: Secret) -> dict[str, bytes]:
    """The secret sealed to the account's stand-by, if it has one whose card is pinned."""
    region = account.stand_by_region
    if region is None or region not in vault.peer_regions():
        return {}
    return {region: vault.seal_secret(region, access_key_binding(account.account, access_key_id), secret)}


def signing_bundles(
    vault: SealingVault, account: str, access_key_id: str, secret: Secret, regions: Iterable[str], now: int
) -> Bundles:
    """A bundle for each of `regions`, from yesterday on: a client's clock may still be there."""
    first = datetime.fromtimestamp(now / 1000, UTC) - timedelta(days=1)
    dates = [(first + timedelta(days=day)).strftime("%Y%m%d") for day in range(SIGNING_KEY_DAYS)]
    binding = signing_keys_binding(account, access_key_id, dates[0])
    sealed = {
        region: vault.seal_secret(region, binding, Secret(regional_keys(secret.reveal(), dates, region)))
        for region in sorted(regions)
    }
    return Bundles(dates[0], sealed)
