"""What a node decides by itself: the first administrator, the pinned peers, the signing keys that are due.

Owns commands that no request brings. They are decided against a fresh snapshot and written like every other change.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from replication.body import encode_change
from replication.draft import Draft, settled
from replication.lmdb_store import LmdbStore
from replication.view import SnapshotView
from services.region_node.changing import Changing, Command, Submitter
from services.region_node.peer_cards import card_of
from services.region_node.settings import NodeSettings
from services.region_node.vault import RegionVault, access_key_binding, signing_keys_binding
from services.region_node.wire.sigv4 import region_key
from shared.crypto import entropy
from shared.crypto.domain_keys import SecretUnavailable
from shared.crypto.region_card import MalformedCard
from shared.decision import Decision, StateView
from shared.errors import AlreadyExists, KeytideError
from shared.events import PeerAdmitted
from shared.identifiers import peer_stream
from shared.identity import decide
from shared.identity.commands import CreateAccessKey, CreateAccount, CreateUser, IssueSigningKeys
from shared.identity.model import AccessKey
from shared.secrets import Secret

log = logging.getLogger(__name__)

SIGNING_KEY_DAYS = 35
RENEW_WITH_DAYS_LEFT = 28
ADMINISTRATOR = "administrator"
COMMAND_ID_BYTES = 16


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
        self._changing = Changing(store, settings.partitions, replicator)
        self._now = now
        self._said: set[tuple[str, bytes, str]] = set()

    async def create_administrator(self) -> Administrator:
        """An access key for the administrator of this region's account, its first or another. Errors: KeytideError."""
        return await self.administrator_of(self._own_account() or entropy.account_id())

    async def administrator_of(self, account: str) -> Administrator:
        """An access key for the administrator of `account`. What there is not yet is made. Errors: KeytideError."""
        region = self._settings.region
        former = tuple(key.access_key_id for key in self._own_access_keys() if key[:2] == (account, ADMINISTRATOR))
        for step in (
            lambda view: decide.create_account(CreateAccount(region, account, "keytide"), view),
            lambda view: decide.create_user(CreateUser(region, account, ADMINISTRATOR, entropy.user_id()), view),
        ):
            with suppress(AlreadyExists):
                await self.change(account, step)
        access_key_id, secret = entropy.access_key_id(account), Secret(entropy.access_key_secret().encode())
        wrapped = self._vault.wrap_secret(account, access_key_binding(account, access_key_id), secret)
        command = CreateAccessKey(region, account, ADMINISTRATOR, access_key_id, wrapped)
        await self.change(account, lambda view: decide.create_access_key(command, view))
        await self.issue_due_signing_keys()
        return Administrator(account, access_key_id, secret, former)

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
            answer = await self._replicator.submit(
                Draft(partition, None, ((peer_stream(region), 0),), body=encode_change("", [event]))
            )
            if not settled(answer.verdict):
                what = "a peer is not admitted; it is tried again"
                self._say_once(what, card, peer=region, partition=partition, answer=tuple(answer))
        elif pinned.card != card:
            what = "a peer's card file differs from the pinned card, which stays"
            self._say_once(what, card, peer=region, partition=partition)

    async def issue_due_signing_keys(self) -> None:
        """Give every peer the signing keys of the next dates, for the access keys whose secret stands here."""
        for access_key in self._own_access_keys():
            due = [region for region in self._vault.peer_regions() if self._is_due(access_key, region)]
            try:
                if due:
                    await self._issue(access_key, sorted(due))
            except KeytideError as error:
                # One partition that waits keeps no other account from its keys.
                extra = {"access_key_id": access_key.access_key_id, "reason": str(error)}
                log.warning("signing keys could not be issued; they are tried again", extra=extra)

    def _own_access_keys(self) -> list[AccessKey]:
        with self._store.read() as snapshot:
            access_keys = SnapshotView(snapshot, self._settings.partitions).access_keys()
            return [access_key for access_key in access_keys if access_key.wrapped is not None]

    def _today(self) -> datetime:
        return datetime.fromtimestamp(self._now() / 1000, UTC)

    def _is_due(self, access_key: AccessKey, region: str) -> bool:
        for issued, first_date, days in access_key.issued:
            if issued == region:
                last = datetime.strptime(first_date, "%Y%m%d").replace(tzinfo=UTC) + timedelta(days=days)
                return last - self._today() < timedelta(days=RENEW_WITH_DAYS_LEFT)
        return True

    async def _issue(self, access_key: AccessKey, regions: list[str]) -> None:
        """One bundle a region: the derived key of each date, so that no region can sign for another."""
        account, access_key_id = access_key.account, access_key.access_key_id
        try:
            secret = self._vault.open_secret(access_key_binding(account, access_key_id), access_key.wrapped or b"")
        except SecretUnavailable:
            log.error("the access key's secret cannot be opened", extra={"access_key_id": access_key_id})
            return
        # From yesterday: a client's clock may still be there.
        first = self._today() - timedelta(days=1)
        dates = [(first + timedelta(days=day)).strftime("%Y%m%d") for day in range(SIGNING_KEY_DAYS)]
        binding = signing_keys_binding(account, access_key_id, dates[0])
        sealed = {
            region: self._vault.seal_secret(
                region, binding, Secret(b"".join(region_key(secret.reveal(), date, region) for date in dates))
            )
            for region in regions
        }
        command = IssueSigningKeys(self._settings.region, account, access_key_id, dates[0], SIGNING_KEY_DAYS, sealed)
        await self.change(account, lambda view: decide.issue_signing_keys(command, view))

    async def change(
        self, account: str, decision_of: Callable[[StateView], Decision], command_id: bytes | None = None
    ) -> None:
        """Decide and write, under a command id that is made here where none is given. Errors: those of `Changing`."""
        command = Command(account, command_id or entropy.random_bytes(COMMAND_ID_BYTES))
        await self._changing.change(command, decision_of)
