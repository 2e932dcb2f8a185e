"""Forced promotion, as an operator asks for it: which keys there are to promote, and how one of them is.

Owns what happens before the decision (`shared/keys/decide_promotion.py`): the lost primary must not be heard any more,
and what any other region has adopted of it is waited for, so that as little as can be is overtaken.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, NamedTuple

from replication.records.position import EMPTY_HEAD
from replication.state.state_store import StateStore
from replication.state.view import SnapshotView
from services.region_node.operator.questions import Verb
from services.region_node.own_work.due_secrets import Change
from services.region_node.peers.tails import Tails
from services.region_node.settings.settings import NodeSettings
from services.region_node.state.building import is_whole
from shared.errors import DependencyTimeout, KeytideError, NotFound
from shared.identifiers import partition_of
from shared.keys.commands import KeyName
from shared.keys.decide_promotion import PromoteKey, promotable, promote_key
from shared.keys.errors import NotPromotable, PrimaryAnswers
from shared.keys.history import regions_of
from shared.keys.model import Key


class Told(NamedTuple):
    """One key of the list. `refusal`: why it cannot be promoted here, or ""."""

    account: str
    key_id: str
    primary_region: str
    refusal: str


class Promotions:
    """Of one region."""

    def __init__(self, settings: NodeSettings, store: StateStore, change: Change, tails: Tails) -> None:
        self._settings, self._store, self._change, self._tails = settings, store, change, tails
        self.answers: Mapping[str, Callable[..., Awaitable[Any]]] = {
            Verb.PROMOTABLE: self.list_promotable,
            Verb.PROMOTE: self.promote,
        }

    async def list_promotable(self, account: str = "", former: str = "", key_id: str = "") -> list[Told]:
        """The keys held here whose primary is elsewhere: of one account, of one lost region, or one key. None where
        nothing is left to promote.

        Errors: NotFound for an account, a region or a key that is not known here, NotPromotable for a key of one region
        alone: a slip of the hand is no success; DependencyTimeout where nothing is found in a state that is not whole.
        """
        with self._store.read() as snapshot:
            view = SnapshotView(snapshot, self._settings.partitions)
            held = self._held(view, account, key_id)
            told = [
                self._told(view, key) for key in held if self._is_replica(key) and former in ("", key.primary_region)
            ]
            if not told:
                self._require_known(view, account, former, key_id)
                if not is_whole(snapshot, self._settings.partitions):
                    raise DependencyTimeout(f"{self._settings.region} has not built its state from its log yet")
        return told

    def _held(self, view: SnapshotView, account: str, key_id: str) -> Iterator[Key]:
        for known in view.accounts():
            if account not in ("", known.account):
                continue
            for key in [view.key(known.account, key_id)] if key_id else view.keys(known.account, ""):
                if key is not None and key.held_here:
                    yield key

    def _is_replica(self, key: Key) -> bool:
        return key.is_multi_region and key.primary_region != self._settings.region

    def _require_known(self, view: SnapshotView, account: str, former: str, key_id: str) -> None:
        if account:
            self._require_account(view, account)
        if former and not self._knows_region(view, former):
            raise NotFound(f"{self._settings.region} knows no region {former}")
        held = [*self._held(view, account, key_id)] if key_id else []
        if key_id and not held:
            raise NotFound(f"{self._settings.region} holds no replica of key {key_id}")
        if not all(key.is_multi_region for key in held):
            raise NotPromotable(f"Key {key_id} is a single-Region key: it has no other region")

    def _knows_region(self, view: SnapshotView, region: str) -> bool:
        """A peer; or one that was taken out of the settings, and still stands among the regions of a key."""
        named = {self._settings.region, *(peer.region for peer in self._settings.peers)}
        return region in named | {*view.peers()} or any(region in regions_of(key) for key in self._held(view, "", ""))

    def _require_account(self, view: SnapshotView, account: str) -> None:
        if not any(known.account == account for known in view.accounts()):
            raise NotFound(f"{self._settings.region} knows no account {account}")

    def _told(self, view: SnapshotView, key: Key) -> Told:
        refusal = ""
        try:
            promotable(view, self._name(key.account, key.key_id))
        except KeytideError as error:
            refusal = error.message
        return Told(key.account, key.key_id, key.primary_region or "", refusal)

    def _name(self, account: str, key_id: str) -> KeyName:
        return KeyName(self._settings.region, account, key_id)

    async def promote(
        self, account: str, key_id: str, even_though_it_answers: bool, without_the_tail: bool, wait_seconds: int
    ) -> tuple[int, int, tuple[str, ...]]:
        """The epoch, the last record of the former primary that it builds on, and the regions that could not be asked.

        Errors: those of `promote_key`; PrimaryAnswers; TailMissing after `wait_seconds`.
        """
        key = self._key(account, key_id)
        former, partition = key.primary_region or "", partition_of(account, self._settings.partitions)
        if not even_though_it_answers and self._tails.answers(former):
            raise PrimaryAnswers(f"{former}, which has the primary key, was heard a moment ago")
        tail = await self._tails.fetched(former, partition, wait_seconds, required=not without_the_tail)
        epoch, built_on = 0, EMPTY_HEAD

        def decide(view: Any) -> Any:
            nonlocal epoch, built_on
            built_on = self._tails.adopted(former, partition)
            name = self._name(account, key_id)
            epoch = promotable(view, name).epoch + 1  # of before the wait it may be an earlier one
            return promote_key(PromoteKey(name, former, (built_on.sequence, built_on.digest), tail.unheard), view)

        await self._change(account, decide)
        return epoch, built_on.sequence, tail.unheard

    def _key(self, account: str, key_id: str) -> Key:
        with self._store.read() as snapshot:
            view = SnapshotView(snapshot, self._settings.partitions)
            self._require_account(view, account)
            return promotable(view, self._name(account, key_id))
