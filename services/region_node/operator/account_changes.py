"""What an operator wants of accounts that the IAM API has no words for.

Owns accounts and their homes, service control policies, and the access keys of root users and of services. It stands in
the node's replicator, for whoever has the operator's ear, and refuses in the words of the decisions.
"""

from collections.abc import Callable

from replication.state.lmdb_store import LmdbStore
from replication.state.view import SnapshotView
from services.region_node.keys.access_key_secrets import FreshAccessKey, SealingVault, fresh_access_key
from services.region_node.own_work.due_secrets import Change
from shared.errors import ValidationFailed
from shared.identity import decide_access_keys, decide_accounts
from shared.identity.commands import (
    CreateAccount,
    DeleteAccessKey,
    MoveAccountHome,
    PutServiceControlPolicy,
    RemoveServiceControlPolicy,
    SetSynchronous,
    TakeAccountHome,
    UpdateStandBy,
)
from shared.identity.decide_accounts import access_keys
from shared.identity.deciding import require_home
from shared.identity.finding import access_keys_of
from shared.identity.model import Account


class AccountChanges:
    """All of it raises KeytideError. `now` gives integer milliseconds."""

    def __init__(
        self,
        region: str,
        partitions: int,
        store: LmdbStore,
        vault: SealingVault,
        change: Change,
        now: Callable[[], int],
    ) -> None:
        self._region = region
        self._partitions = partitions
        self._store = store
        self._vault = vault
        self._change = change
        self._now = now

    async def create(self, account: str, name: str, stand_by_region: str | None = None) -> None:
        """An account whose home is this region."""
        self._require_peer(stand_by_region)
        command = CreateAccount(self._region, account, name, stand_by_region)
        await self._change(account, lambda view: decide_accounts.create_account(command, view))

    async def update_stand_by(self, account: str, stand_by_region: str | None) -> None:
        """The secrets of its access keys go there as they are due."""
        self._require_peer(stand_by_region)
        command = UpdateStandBy(self._region, account, stand_by_region)
        await self._change(account, lambda view: decide_accounts.update_stand_by(command, view))

    async def set_synchronous(self, account: str, synchronous_regions: int) -> None:
        """Changes of the account wait for so many other regions, of which there must be as many."""
        peers = len(self._vault.peer_regions())
        if synchronous_regions > peers:
            raise ValidationFailed(f"{self._region} has {peers} peers: no change could wait for {synchronous_regions}")
        command = SetSynchronous(self._region, account, synchronous_regions)
        await self._change(account, lambda view: decide_accounts.set_synchronous(command, view))

    async def move_home(self, account: str) -> None:
        """To the account's stand-by."""
        command = MoveAccountHome(self._region, account)
        await self._change(account, lambda view: decide_accounts.move_home(command, view))

    async def take_home(self, account: str) -> None:
        """This region is the stand-by, and the home is gone for good."""
        command = TakeAccountHome(self._region, account)
        await self._change(account, lambda view: decide_accounts.take_home(command, view))

    async def put_service_control_policy(self, account: str, level: str, name: str, document: str) -> None:
        """Every level that has any policies has to allow what the account does."""
        command = PutServiceControlPolicy(self._region, account, level, name, document)
        await self._change(account, lambda view: decide_accounts.put_service_control_policy(command, view))

    async def remove_service_control_policy(self, account: str, level: str, name: str) -> None:
        command = RemoveServiceControlPolicy(self._region, account, level, name)
        await self._change(account, lambda view: decide_accounts.remove_service_control_policy(command, view))

    async def create_access_key(
        self, account: str, user_name: str = "", service_principal: str = "", most: int | None = None
    ) -> FreshAccessKey:
        """Of a service, a user, or the root user where neither is named. `most`: another quota than IAM's."""
        home = self.require_home(account)
        made = fresh_access_key(self._vault, self._region, home, self._now(), user_name, service_principal)
        command = made.command if most is None else made.command._replace(most=most)
        await self._change(account, lambda view: decide_access_keys.create_access_key(command, view))
        return made

    def access_key_ids(self, account: str, user_name: str = "", service_principal: str = "") -> tuple[str, ...]:
        """Of a service, a user, or the root user where neither is named."""
        with self._store.read() as snapshot:
            view = SnapshotView(snapshot, self._partitions)
            if service_principal:
                keys = [key for key in access_keys(view, account) if key.service_principal == service_principal]
            else:
                keys = list(access_keys_of(view, account, user_name))
        return tuple(key.access_key_id for key in keys)

    def require_home(self, account: str) -> Account:
        """The account, whose home is here. Errors: NotFound, NotHome."""
        with self._store.read() as snapshot:
            return require_home(SnapshotView(snapshot, self._partitions), account, self._region)

    def _require_peer(self, stand_by_region: str | None) -> None:
        """Nothing can be sealed to a region whose card is not pinned. The home itself the decision refuses."""
        peers = self._vault.peer_regions()
        if stand_by_region not in {None, self._region, *peers}:
            known = ", ".join(sorted(peers)) or "none"
            raise ValidationFailed(f"'{stand_by_region}' is no peer of {self._region}; its peers: {known}")

    async def delete_access_key(self, account: str, access_key_id: str, service_principal: str = "") -> None:
        """Of a service, or of the root user."""
        command = DeleteAccessKey(self._region, account, "", access_key_id, service_principal)
        await self._change(account, lambda view: decide_access_keys.delete_access_key(command, view))
