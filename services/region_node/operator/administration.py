"""What a node decides by itself: the first administrator and the pinned peers.

Owns commands that no request brings. They are decided against a fresh snapshot and written like every other change.
What its operator decides is in `account_changes.py`, what is due of access keys in `due_secrets.py`.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from replication.records.body import encode_change
from replication.records.position import Head
from replication.state.lmdb_store import LmdbStore
from replication.state.view import SnapshotView
from replication.writing.draft import Draft, settled
from services.region_node.changes.changing import Changing, Command, Submitter
from services.region_node.changes.renewing import Renewing
from services.region_node.keys.vault import RegionVault
from services.region_node.operator.account_changes import AccountChanges
from services.region_node.own_work.due_secrets import DueSecrets
from services.region_node.peers.peer_cards import card_of
from services.region_node.settings.settings import NodeSettings
from services.region_node.wire.authentication import COMMAND_ID_LENGTH
from shared.crypto import entropy
from shared.crypto.region_card import MalformedCard, decode_card
from shared.decision import Decision, StateView
from shared.errors import DependencyTimeout
from shared.events import PeerAdmitted
from shared.identifiers import peer_stream
from shared.identity.commands import CreateAccount, CreateUser
from shared.identity.decide_accounts import create_account
from shared.identity.decide_policies import attach_policy
from shared.identity.decide_users import create_user
from shared.identity.errors import EntityAlreadyExists
from shared.identity.naming import USER
from shared.identity.policy_commands import AttachPolicy, Named
from shared.secrets import Secret
from shared.witness_events import VOUCHED_STREAM, HeadVouched

log = logging.getLogger(__name__)

FIRST_ACCOUNT = "keytide"
"""The name of the account that a region makes by itself."""
ADMINISTRATOR = "administrator"
ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess"


class Administrator(NamedTuple):
    """A new access key of an account's administrator. `former`: the access keys that the administrator has besides."""

    account: str
    access_key_id: str
    secret: Secret
    former: tuple[str, ...]


class Administration:
    """Decides and submits. `now` gives integer milliseconds."""

    def __init__(
        self,
        settings: NodeSettings,
        store: LmdbStore,
        vault: RegionVault,
        replicator: Submitter,
        now: Callable[[], int],
    ) -> None:
        self._settings = settings
        self._store = store
        self._vault = vault
        self._replicator = replicator
        renew = Renewing(vault, settings.partitions)
        self._changing = Changing(store, settings.partitions, replicator, renew=renew)
        self._now = now
        self._said: set[tuple[str, bytes, str]] = set()
        place = (settings.region, settings.partitions, store, vault, self.change, now)
        self.accounts = AccountChanges(*place)
        self.due_secrets = DueSecrets(*place)

    async def create_administrator(self, stand_by_region: str | None = None) -> Administrator:
        """An access key for the administrator of this region's account, its first or another.

        `stand_by_region`: of an account that has to be made. Errors: KeytideError.
        """
        own = self._own_account()
        return await (self.administrator_of(own) if own else self.create_account(FIRST_ACCOUNT, stand_by_region))

    async def create_account(self, name: str, stand_by_region: str | None) -> Administrator:
        """An account whose home is here, with an administrator. Errors: KeytideError."""
        account = entropy.account_id()
        await self.accounts.create(account, name, stand_by_region)
        return await self.administrator_of(account)

    async def administrator_of(self, account: str) -> Administrator:
        """An access key for the administrator of `account`. What there is not yet is made. Errors: KeytideError."""
        region, administrator = self._settings.region, Named(USER, ADMINISTRATOR)
        for step in (
            lambda view: create_account(CreateAccount(region, account, FIRST_ACCOUNT), view),
            lambda view: create_user(CreateUser(region, account, ADMINISTRATOR, entropy.user_id()), view),
            lambda view: attach_policy(AttachPolicy(region, account, administrator, ADMINISTRATOR_ACCESS), view),
        ):
            with suppress(EntityAlreadyExists):
                await self.change(account, step)
        former = self.accounts.access_key_ids(account, ADMINISTRATOR)
        # Whoever has lost the others could not delete one of them first.
        made = await self.accounts.create_access_key(account, ADMINISTRATOR, most=len(former) + 1)
        return Administrator(account, made.access_key_id, made.secret, former)

    def peers(self) -> frozenset[str]:
        """The regions whose cards are pinned."""
        return self._vault.peer_regions()

    def _own_account(self) -> str | None:
        """The oldest account whose home is here."""
        with self._store.read() as snapshot:
            accounts = list(SnapshotView(snapshot, self._settings.partitions).accounts())
        own = [(row.created_at, row.account) for row in accounts if row.home_region == self._settings.region]
        return min(own)[1] if own else None

    async def admit_peers(self, cards: Mapping[str, bytes]) -> None:
        """Pin the peers' cards in every partition. A card pinned before is not replaced by a file.

        A file that holds no card of its peer is passed over: what is pinned stays in the log for ever. Call it again
        where a partition did not write; what hinders is said once for the same card.
        """
        for region, card in cards.items():
            try:
                card_of(region, card)
            except MalformedCard as error:
                self._say_once("a peer's card file cannot be used", card, peer=region, reason=str(error))
            else:
                admissions = (self._admit(partition, region, card) for partition in range(self._settings.partitions))
                await asyncio.gather(*admissions)

    async def vouch(self, heads: Sequence[Head]) -> bool:
        """Record in every partition that an operator has vouched for its head; False where there is none.

        Errors: DependencyTimeout.
        """
        region = self._settings.region
        for partition, head in enumerate(heads):
            body = encode_change("", [HeadVouched(region, head.sequence, head.digest)])
            answer = await self._replicator.submit(Draft(partition, None, ((VOUCHED_STREAM, None),), body=body))
            if not settled(answer.verdict):
                raise DependencyTimeout(f"The region is served, and partition {partition} has no record of why.")
        return bool(heads)

    def _say_once(self, what: str, card: bytes, **details: object) -> None:
        said = (what, card, str(details))
        if said not in self._said:
            self._said.add(said)
            log.error(what, extra=details)

    async def _admit(self, partition: int, region: str, card: bytes) -> None:
        with self._store.read() as snapshot:
            pinned = SnapshotView(snapshot, self._settings.partitions).peer(partition, region)
        if pinned is None:
            event = PeerAdmitted(region, card)
            answer = await self._replicator.submit(
                Draft(partition, None, ((peer_stream(region), 0),), body=encode_change("", [event]))
            )
            if not settled(answer.verdict):
                what = "a peer is not admitted; it is tried again"
                self._say_once(what, card, peer=region, partition=partition, answer=tuple(answer))
        elif not _same_identity(pinned.card, card):
            what = "a peer's card file differs from the pinned card, which stays"
            self._say_once(what, card, peer=region, partition=partition)

    async def change(
        self, account: str, decision_of: Callable[[StateView], Decision], command_id: bytes | None = None
    ) -> None:
        """Decide and write, under a command id that is made here where none is given. Errors: those of `Changing`."""
        command = Command(account, command_id or entropy.random_bytes(COMMAND_ID_LENGTH))
        await self._changing.change(command, decision_of)


def _same_identity(pinned: bytes, placed: bytes) -> bool:
    """A peer's later sealing keys come through its shared log."""
    return pinned == placed or decode_card(pinned).identity == decode_card(placed).identity
