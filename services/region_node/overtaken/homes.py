"""What take-overs of accounts have overtaken, for the operator: the list, and the end of each.

Owns finding these changes. They stand in the logs alone: behind the record up to which the take-over had adopted the
former home, and before the first one that knows of the take-over. What was read is kept until it is settled.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from replication.records.body import decode_shared
from replication.records.record import Envelope
from replication.state.state_store import StateStore
from replication.state.view import SnapshotView
from services.region_node.overtaken.account_words import said_of_account
from services.region_node.overtaken.change import OvertakenChange
from services.region_node.own_work.due_secrets import Change
from services.region_node.peers.shared_records import SharedRecords
from services.region_node.settings.settings import NodeSettings
from shared.event_codec import UnknownEvent
from shared.events import Event
from shared.identifiers import partition_of
from shared.identity.again import AtHome, done_again
from shared.identity.decide_overtaken import SettleHomeChange, settle_home_change
from shared.identity.model import Account
from shared.identity.overtaken import Taking, is_settled, knows, outcome, said_of, takings

KEPT_MOST = 1_000
"""So many open changes of one take-over are listed; the next ones once some of these are settled."""


class _Change(NamedTuple):
    time: int
    events: tuple[Event, ...]
    """All of the record's."""


@dataclass
class _Read:
    """How far the former home's records have been read, and what was found."""

    number: int
    ended: bool = False
    changes: dict[int, _Change] = field(default_factory=dict)


class OvertakenAtHomes:
    """Of one region. `records` gives None while its logs are not open yet."""

    def __init__(
        self, settings: NodeSettings, store: StateStore, change: Change, records: Callable[[], SharedRecords | None]
    ) -> None:
        self._settings, self._store, self._change, self._records = settings, store, change, records
        self._read: dict[tuple[str, tuple[object, ...], Taking], _Read] = {}

    async def found(self) -> list[OvertakenChange]:
        """All that is open, account by account. Errors: LogError."""
        found = []
        for account in self._accounts():
            for taking in takings(account):
                for number, change in (await self._open(account, taking)).items():
                    name = self._called(account, taking.former, number)
                    said = said_of_account(said_of(account.account, change.events))
                    found.append(
                        OvertakenChange(name, account.account, "", change.time, said, "", number, account.home_region)
                    )
        return found

    async def settle(self, name: str, *, again: bool) -> str | None:
        """The account of which it is an open change, now ended; also of one that was ended so before; or None.

        Errors: NotHome; those of what is done again.
        """
        for account in self._accounts():
            for taking in takings(account):
                for number, change in (await self._open(account, taking)).items():
                    if self._called(account, taking.former, number) == name:
                        await self._end(account, taking.former, number, change, again=again)
                        return account.account
            if any(self._called(account, *mark[:2]) == name and mark[2] is again for mark in account.settled):
                return account.account
        return None

    async def _end(self, account: Account, former: str, number: int, change: _Change, *, again: bool) -> None:
        home = AtHome(self._settings.region, account.account)
        decide = partial(done_again, said_of(account.account, change.events), home) if again else None
        command = SettleHomeChange(*home, former, number, change.events, decide)
        await self._change(account.account, lambda view: settle_home_change(command, view))

    def _accounts(self) -> list[Account]:
        with self._store.read() as snapshot:
            return [known for known in SnapshotView(snapshot, self._settings.partitions).accounts() if known.taken]

    async def _open(self, account: Account, taking: Taking) -> dict[int, _Change]:
        # By all take-overs: a further one may overtake the mark of a change, which is open then, and read again.
        read = self._read.setdefault((account.account, account.taken, taking), _Read(taking.built_on))
        for number in [number for number in read.changes if is_settled(account, taking.former, number)]:
            del read.changes[number]
        await self._go_on(account, taking, read)
        return dict(read.changes)

    async def _go_on(self, account: Account, taking: Taking, read: _Read) -> None:
        records, partition = self._records(), partition_of(account.account, self._settings.partitions)
        while records is not None and not read.ended and len(read.changes) < KEPT_MOST:
            envelopes = await records.after(taking.former, partition, read.number)
            for envelope in envelopes:
                read.ended = read.ended or knows(taking, envelope.adopted or {})
                if not read.ended:
                    read.number = envelope.sequence
                    self._note(account, taking, read, envelope)
            if not envelopes:
                return

    def _note(self, account: Account, taking: Taking, read: _Read, envelope: Envelope) -> None:
        try:
            events = decode_shared(envelope.shared or b"")
        except UnknownEvent:
            return
        if said_of(account.account, events) and outcome(account, taking.former, envelope.sequence) is None:
            read.changes[envelope.sequence] = _Change(envelope.time, events)

    def _called(self, account: Account, region: str, number: int) -> str:
        return f"{region}.{partition_of(account.account, self._settings.partitions)}.{number}"
