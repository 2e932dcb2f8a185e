"""What promotions have overtaken, for the operator: the list, and the end of each.

Owns the names of these changes, how they are found, and the two ways in which they end: done again at the present
primary, by the decisions of every client, or dropped. Both are recorded and every region hears of them.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from replication.state.indexes import PROMOTED
from replication.state.state_store import StateStore
from replication.state.view import SnapshotView
from services.region_node.keys.vault import RegionVault
from services.region_node.operator.questions import Verb
from services.region_node.overtaken.again import Again, decisions_of
from services.region_node.overtaken.change import OvertakenChange
from services.region_node.overtaken.homes import OvertakenAtHomes
from services.region_node.overtaken.words import said_of, said_of_grant
from services.region_node.own_work.due_secrets import Change
from services.region_node.settings.settings import NodeSettings
from services.region_node.state.indexed_keys import indexed_keys
from shared.events import Event
from shared.grants.decide_overtaken import drop_grants, give_grants_again, overtaken_grants, were_given_again
from shared.identifiers import partition_of
from shared.keys.commands import KeyName
from shared.keys.condensing import events_of
from shared.keys.decide_primary import primary_key
from shared.keys.decide_promotion import SettleOvertaken, overtaken_change, settle_overtaken
from shared.keys.errors import NothingOvertaken
from shared.keys.history import overtaken, was_done_again
from shared.keys.in_one_record import Decide, in_one_record
from shared.keys.settling import first_with


class OvertakenChanges:
    """Of one region. `now` gives integer milliseconds. All of it raises KeytideError."""

    def __init__(
        self,
        settings: NodeSettings,
        store: StateStore,
        vault: RegionVault,
        change: Change,
        homes: OvertakenAtHomes,
        now: Callable[[], int],
    ) -> None:
        self._settings, self._store, self._vault = settings, store, vault
        self._change, self._homes, self._now = change, homes, now
        self.answers: Mapping[str, Callable[..., Awaitable[Any]]] = {
            Verb.OVERTAKEN: self.told,
            Verb.DO_OVERTAKEN_AGAIN: self.do_again,
            Verb.DROP_OVERTAKEN: self.drop,
        }

    async def told(self) -> list[OvertakenChange]:
        """All that is open: of keys, and of accounts. Errors: LogError."""
        return [*self.found(), *await self._homes.found()]

    def found(self) -> list[OvertakenChange]:
        """What is open of keys, key by key."""
        names = self._promoted()
        with self._store.read() as snapshot:
            view = SnapshotView(snapshot, self._settings.partitions)
            return [change for name in names for change in self._of(view, name)]

    def _promoted(self) -> list[KeyName]:
        return indexed_keys(self._store, self._settings.partitions, self._settings.region, PROMOTED)

    def _of(self, view: SnapshotView, name: KeyName) -> Iterator[OvertakenChange]:
        key = view.last_known_key(name.account, name.key_id)
        if key is None:
            return
        primary = key.primary_region or ""
        for change in overtaken(key):
            called = self._called(name, change.origin, change.number)
            first = first_with(key, change) if change.since else change.number
            said = said_of(change, first)
            yield OvertakenChange(called, name.account, name.key_id, change.time, said, change.asked_by, first, primary)
        for (region, number), grants in overtaken_grants(view, key).items():
            said = "; ".join(map(said_of_grant, grants))
            called, time = self._called(name, region, number), grants[0].created_at
            yield OvertakenChange(called, name.account, name.key_id, time, said, "", number, primary)

    def _called(self, name: KeyName, region: str, number: int) -> str:
        return f"{region}.{partition_of(name.account, self._settings.partitions)}.{number}"

    async def do_again(self, change: str) -> str:
        """The key's id, or the account's. All of it is one record: whoever asks once more finds it open as it was, or
        done.

        Errors: NothingOvertaken, NotDoneAgain, and whatever the decision refuses for.
        """
        named = self._named(change)
        if named is None:
            return await self._homes.settle(change, again=True) or self._settled(change, done_again=True)
        name, region, number = named
        if self._is_grant(name, region, number):
            await self._change(name.account, lambda view: give_grants_again(name, region, number, view))
            return name.key_id
        now = self._now()
        command = SettleOvertaken(name, region, number, done_again=True)
        again = Again(name, self._vault, self._settings.quotas, now)
        anew = decisions_of(self._events(name, region, number), again)
        decisions: list[Decide] = [lambda view: settle_overtaken(command, view), *anew]
        await self._change(name.account, lambda view: in_one_record(decisions, name, now, view))
        return name.key_id

    async def drop(self, change: str) -> str:
        """The key's id, or the account's.

        Errors: NothingOvertaken; UnsupportedOperation where the primary is not here, NotHome where the home is not.
        """
        named = self._named(change)
        if named is None:
            return await self._homes.settle(change, again=False) or self._settled(change, done_again=False)
        name, region, number = named
        if self._is_grant(name, region, number):
            await self._change(name.account, lambda view: drop_grants(name, region, number, view))
        else:
            command = SettleOvertaken(name, region, number, done_again=False)
            await self._change(name.account, lambda view: settle_overtaken(command, view))
        return name.key_id

    def _named(self, change: str) -> tuple[KeyName, str, int] | None:
        """The key and the record of an open change."""
        for found in self.found():
            if found.name == change:
                region, _, number = change.split(".")
                return KeyName(self._settings.region, found.account, found.key_id), region, int(number)
        return None

    def _settled(self, change: str, *, done_again: bool) -> str:
        """The id of the key of which the change is ended in this way already: who asked may not have heard so.

        Errors: NothingOvertaken.
        """
        region, _, number = (*change.split("."), "", "")[:3]
        for name in self._promoted() if number.isdecimal() else ():
            is_named = change == self._called(name, region, int(number))
            if is_named and self._outcome(name, region, int(number)) is done_again:
                return name.key_id
        raise NothingOvertaken(f"No overtaken change '{change}' is open here")

    def _outcome(self, name: KeyName, region: str, number: int) -> bool | None:
        """Done again, dropped, or None where neither is remembered."""
        with self._store.read() as snapshot:
            view = SnapshotView(snapshot, self._settings.partitions)
            key = view.last_known_key(name.account, name.key_id)
            outcome = None if key is None else was_done_again(key, region, number)
            if outcome is None and key is not None and were_given_again(view, key, region, number):
                return True
            return outcome

    def _events(self, name: KeyName, region: str, number: int) -> tuple[Event, ...]:
        with self._store.read() as snapshot:
            view = SnapshotView(snapshot, self._settings.partitions)
            return events_of(overtaken_change(view, name, region, number))

    def _is_grant(self, name: KeyName, region: str, number: int) -> bool:
        with self._store.read() as snapshot:
            view = SnapshotView(snapshot, self._settings.partitions)
            return (region, number) in overtaken_grants(view, primary_key(view, name))
