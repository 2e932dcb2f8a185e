"""What of access keys' secrets is due: signing keys for the peers, and the secret itself for the stand-by.

Owns when: a peer gets the next dates while it has some left; a stand-by that is new gets every secret, and who was it
forgets them. Deactivated access keys are renewed when they are active again. Only the account's home gives anything.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from replication.state.lmdb_store import LmdbStore
from replication.state.view import SnapshotView
from services.region_node.keys.access_key_secrets import SIGNING_KEY_DAYS, sealed_to_stand_by, signing_bundles
from services.region_node.keys.vault import RegionVault, access_key_binding
from services.region_node.replicator.failures import Failures
from shared.crypto.domain_keys import SecretUnavailable
from shared.decision import Decision, StateView
from shared.identity import decide_access_keys as decide
from shared.identity.commands import GiveSecret, IssueSigningKeys
from shared.identity.model import AccessKey, Account
from shared.secrets import Secret

log = logging.getLogger(__name__)

RENEW_WITH_DAYS_LEFT = 28


class Change(Protocol):
    def __call__(self, account: str, decision_of: Callable[[StateView], Decision], /) -> Awaitable[None]: ...


class DueSecrets:
    """Looks at the accounts whose home `region` is. `now` gives integer milliseconds."""

    def __init__(
        self,
        region: str,
        partitions: int,
        store: LmdbStore,
        vault: RegionVault,
        change: Change,
        now: Callable[[], int],
    ) -> None:
        self._region = region
        self._partitions = partitions
        self._store = store
        self._vault = vault
        self._change = change
        self._now = now
        self._failures = Failures[str]("signing keys could not be issued; they are tried again")

    async def run(self) -> None:
        """Give what is due. An access key that fails keeps no other from its turn."""
        held = self._held()
        self._failures.forget_others(access_key.access_key_id for _, access_key in held)
        for account, access_key in held:
            name = access_key.access_key_id
            await self._failures.contained(name, self._bring(account, access_key), access_key_id=name)

    async def give_again(self, region: str) -> None:
        """Give a region that was built anew what it had, sealed to its present card. Errors: KeytideError.

        Nothing remembers that it is due: whoever replaces a peer's card calls it, again where that was interrupted.
        """
        for account, access_key in self._held():
            if account.stand_by_region == region:
                await self._give(account, access_key, again=True)
            elif access_key.is_active:
                await self._issue_to(account, access_key, [region], again=True)

    async def _bring(self, account: Account, access_key: AccessKey) -> None:
        await self._give(account, access_key)
        await self._issue(account, access_key)

    def _held(self) -> list[tuple[Account, AccessKey]]:
        with self._store.read() as snapshot:
            view = SnapshotView(snapshot, self._partitions)
            accounts = {row.account: row for row in view.accounts() if row.home_region == self._region}
            keys = [key for key in view.access_keys() if key.account in accounts and key.wrapped is not None]
        return [(accounts[key.account], key) for key in keys]

    async def _give(self, account: Account, access_key: AccessKey, *, again: bool = False) -> None:
        stand_by = frozenset((account.stand_by_region,)) & self._vault.peer_regions()
        if frozenset(access_key.held_in) == {self._region} | stand_by and not again:
            return
        secret = self._opened(access_key)
        if secret is not None:
            sealed = sealed_to_stand_by(self._vault, account, access_key.access_key_id, secret)
            command = GiveSecret(self._region, account.account, access_key.access_key_id, sealed, again)
            await self._change(account.account, lambda view: decide.give_secret(command, view))

    async def _issue(self, account: Account, access_key: AccessKey) -> None:
        peers = self._vault.peer_regions() - {account.stand_by_region}
        regions = [region for region in peers if self._is_due(access_key, region)]
        if regions and access_key.is_active:
            await self._issue_to(account, access_key, regions)

    async def _issue_to(
        self, account: Account, access_key: AccessKey, regions: list[str], *, again: bool = False
    ) -> None:
        secret = self._opened(access_key)
        if secret is not None:
            names = (account.account, access_key.access_key_id)
            first_date, sealed = signing_bundles(self._vault, *names, secret, regions, self._now())
            command = IssueSigningKeys(self._region, *names, first_date, SIGNING_KEY_DAYS, sealed, again)
            await self._change(account.account, lambda view: decide.issue_signing_keys(command, view))

    def _is_due(self, access_key: AccessKey, region: str) -> bool:
        today = datetime.fromtimestamp(self._now() / 1000, UTC)
        for issued, first_date, days in access_key.issued:
            if issued == region:
                last = datetime.strptime(first_date, "%Y%m%d").replace(tzinfo=UTC) + timedelta(days=days)
                return last - today < timedelta(days=RENEW_WITH_DAYS_LEFT)
        return True

    def _opened(self, access_key: AccessKey) -> Secret | None:
        binding = access_key_binding(access_key.account, access_key.access_key_id)
        try:
            return self._vault.open_secret(binding, access_key.wrapped or b"")
        except SecretUnavailable:
            extra = {"access_key_id": access_key.access_key_id}
            log.error("the access key's secret cannot be opened", extra=extra)
            return None
