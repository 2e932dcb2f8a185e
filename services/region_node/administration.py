"""What a node decides by itself: the first administrator and the pinned peers.

Owns commands that no request brings. They are decided against a fresh snapshot and written like every other change.
What its operator decides is in `account_changes.py`, what is due of access keys in `due_secrets.py`.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import NamedTuple

from replication.body import encode_change
from replication.draft import Answer, Draft, settled
from replication.judge import Verdict
from replication.lmdb_store import LmdbStore
from replication.view import SnapshotView
from services.region_node.account_changes import AccountChanges
from services.region_node.drafting import draft_of
from services.region_node.due_secrets import DueSecrets
from services.region_node.peer_cards import card_of
from services.region_node.settings import NodeSettings
from services.region_node.vault import RegionVault
from shared.crypto import entropy
from shared.crypto.region_card import MalformedCard
from shared.decision import Decision, StateView
from shared.errors import InternalFailure
from shared.events import PeerAdmitted
from shared.identifiers import partition_of, peer_stream
from shared.identity.commands import CreateAccount, CreateUser
from shared.identity.decide_accounts import create_account
from shared.identity.decide_policies import attach_policy
from shared.identity.decide_users import create_user
from shared.identity.errors import EntityAlreadyExists
from shared.identity.finding import access_keys_of
from shared.identity.naming import USER
from shared.identity.policy_commands import AttachPolicy, Named
from shared.secrets import Secret

log = logging.getLogger(__name__)

ADMINISTRATOR = "administrator"
ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess"
DECISIONS_MOST = 5
COMMAND_ID_BYTES = 16

Submit = Callable[[Draft], Awaitable[Answer]]


class Administrator(NamedTuple):
    """A new access key of an account's administrator. `former`: the access keys that the administrator has besides."""

    account: str
    access_key_id: str
    secret: Secret
    former: tuple[str, ...]


class Administration:
    """Decides and submits. `now` gives integer milliseconds."""

    def __init__(
        self, settings: NodeSettings, store: LmdbStore, vault: RegionVault, submit: Submit, now: Callable[[], int]
    ) -> None:
        self._settings = settings
        self._store = store
        self._vault = vault
        self._submit = submit
        self._now = now
        self._said: set[tuple[str, bytes, str]] = set()
        place = (settings.region, settings.partitions, store, vault, self.change, now)
        self.accounts = AccountChanges(*place)
        self.due_secrets = DueSecrets(*place)

    async def create_administrator(self) -> Administrator:
        """An access key for the administrator of this region's account, its first or another. Errors: KeytideError."""
        return await self.administrator_of(self._own_account() or entropy.account_id())

    async def administrator_of(self, account: str) -> Administrator:
        """An access key for the administrator of `account`. What there is not yet is made. Errors: KeytideError."""
        region, administrator = self._settings.region, Named(USER, ADMINISTRATOR)
        for step in (
            lambda view: create_account(CreateAccount(region, account, "keytide"), view),
            lambda view: create_user(CreateUser(region, account, ADMINISTRATOR, entropy.user_id()), view),
            lambda view: attach_policy(AttachPolicy(region, account, administrator, ADMINISTRATOR_ACCESS), view),
        ):
            with suppress(EntityAlreadyExists):
                await self.change(account, step)
        former = self._access_keys(account)
        # Whoever has lost the others could not delete one of them first.
        made = await self.accounts.create_access_key(account, ADMINISTRATOR, most=len(former) + 1)
        return Administrator(account, made.access_key_id, made.secret, former)

    def _access_keys(self, account: str) -> tuple[str, ...]:
        with self._store.read() as snapshot:
            view = SnapshotView(snapshot, self._settings.partitions)
            return tuple(key.access_key_id for key in access_keys_of(view, account, ADMINISTRATOR))

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
            answer = await self._submit(
                Draft(partition, None, ((peer_stream(region), 0),), body=encode_change("", [event]))
            )
            if not settled(answer.verdict):
                what = "a peer is not admitted; it is tried again"
                self._say_once(what, card, peer=region, partition=partition, answer=tuple(answer))
        elif pinned.card != card:
            what = "a peer's card file differs from the pinned card, which stays"
            self._say_once(what, card, peer=region, partition=partition)

    async def change(
        self, account: str, decision_of: Callable[[StateView], Decision], command_id: bytes | None = None
    ) -> None:
        """Decide and write, under a command id that is made here where none is given. Errors: InternalFailure."""
        command_id = command_id or entropy.random_bytes(COMMAND_ID_BYTES)
        for _ in range(DECISIONS_MOST):
            with self._store.read() as snapshot:
                view = SnapshotView(snapshot, self._settings.partitions)
                decision = decision_of(view)
                partition = partition_of(account, self._settings.partitions)
                draft = draft_of(decision, view, partition, command_id)
            if not decision.events:
                return
            answer = await self._submit(draft)
            if settled(answer.verdict):
                return
            if answer.verdict != Verdict.VOID:
                break
        raise InternalFailure(f"the change was not applied: {answer.verdict} {answer.answer}")
