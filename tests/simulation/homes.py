"""An account whose home is handed over and taken over by force, also while it still runs, and changes in every region.

Owns the world, which keeps to what docs/iam.md asks of operators: a home that has a stand-by keeps it, and who has
handed a home over does not take it back by force at once. In the end the present home settles all that is listed.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from replication.records.body import decode_shared
from replication.records.record import Envelope
from replication.state.rows import Row, decode_row
from replication.state.state_store import STREAMS, partition_prefix
from shared.decision import Decision, StateView
from shared.errors import KeytideError, KeyUnavailable
from shared.events import Event
from shared.identifiers import account_stream
from shared.identity import decide_accounts as homes
from shared.identity.again import AtHome, done_again
from shared.identity.commands import (
    CreateAccount,
    CreateUser,
    DeleteUser,
    MoveAccountHome,
    SetSynchronous,
    TakeAccountHome,
    UpdateStandBy,
    UpdateUser,
)
from shared.identity.decide_overtaken import SettleHomeChange, settle_home_change
from shared.identity.decide_policies import put_inline_policy, tag_entity
from shared.identity.decide_users import create_user, delete_user, update_user
from shared.identity.model import Account
from shared.identity.naming import USER
from shared.identity.overtaken import is_settled, knows, said_of, takings
from shared.identity.policy_commands import Named, PutInlinePolicy, TagEntity
from tests.replication.written_log import ACCOUNT
from tests.simulation.region import SimulatedRegion
from tests.simulation.rest import Rest
from tests.simulation.world import REGIONS, Command, World

NAMES = ("alice", "bob", "carol")
DENY = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}'
IDENTITY = ("account/", "user/")


@dataclass
class HomesWorld(World):
    many: int = 60
    handed_by: set[tuple[str, int]] = field(default_factory=set)
    """Region, and the epoch that its hand-over has begun."""
    taken: int = 0
    overtaken: int = 0
    """So many take-overs there were, and so many changes that they have overtaken, before anybody settled any."""

    def _use(self, region: SimulatedRegion) -> None:
        """There are no keys."""

    def command(self, number: int) -> Command:
        region = REGIONS[0] if number == 0 else self.chance.choice(REGIONS)
        if number == 0:
            return Command(number, region, partial(_create_account, region))
        kinds = [self._user] * 8 + [self._set] + [self._stand_by] * 2 + [self._move] + [self._take] * 3
        return Command(number, region, self.chance.choice(kinds)(number, region))

    def _user(self, number: int, region: str) -> Callable[[StateView], Decision]:
        name, drawn = self.chance.choice(NAMES), self.chance.randrange(5)
        named, place = Named(USER, name), (region, ACCOUNT)
        return [
            lambda view: create_user(CreateUser(*place, name, f"AIDA{number}"), view),
            lambda view: delete_user(DeleteUser(*place, name), view),
            lambda view: update_user(UpdateUser(*place, name, random.Random(number).choice(NAMES)), view),
            lambda view: put_inline_policy(PutInlinePolicy(*place, named, f"p{number}", DENY), view),
            lambda view: tag_entity(TagEntity(*place, named, ((f"t{number % 7}", "x"),)), view),
        ][drawn]

    def _set(self, number: int, region: str) -> Callable[[StateView], Decision]:
        return lambda view: homes.set_synchronous(SetSynchronous(region, ACCOUNT, number % 3), view)

    def _stand_by(self, _number: int, region: str) -> Callable[[StateView], Decision]:
        to = self.chance.choice([name for name in REGIONS if name != region])

        def decided(view: StateView) -> Decision:
            account = view.state(account_stream(ACCOUNT))
            if isinstance(account, Account) and account.stand_by_region is not None:
                return Decision(())
            return homes.update_stand_by(UpdateStandBy(region, ACCOUNT, to), view)

        return decided

    def _move(self, _number: int, region: str) -> Callable[[StateView], Decision]:
        def decided(view: StateView) -> Decision:
            decision = homes.move_home(MoveAccountHome(region, ACCOUNT), view)
            self.handed_by.add((region, epoch_of(view) + 1))
            return decision

        return decided

    def _take(self, _number: int, region: str) -> Callable[[StateView], Decision]:
        def decided(view: StateView) -> Decision:
            if (region, epoch_of(view)) in self.handed_by:
                return Decision(())
            return homes.take_home(TakeAccountHome(region, ACCOUNT), view)

        return decided

    async def settle(self) -> None:
        """The operator of the present home ends whatever is listed, and drops what is refused now."""
        rest = Rest(self)
        account = account_of(self.regions[REGIONS[0]])
        home = rest.regions[account.home_region]
        overtaken = listed(rest, home.name)
        self.taken, self.overtaken = len(account.taken), len(overtaken)
        for turn, ((former, number), events) in enumerate(overtaken.items()):
            again = partial(done_again, said_of(ACCOUNT, events), AtHome(home.name, ACCOUNT))
            command = SettleHomeChange(home.name, ACCOUNT, former, number, events, again if number % 2 else None)
            identifier = (10_000 + turn).to_bytes(16, "big")
            try:
                await home.change(identifier, partial(settle_home_change, command))
            except KeyUnavailable:
                continue  # the home has moved on to where the entity's stream was frozen by then
            except KeytideError:
                await home.change(identifier, partial(settle_home_change, command._replace(again=None)))
        await self._rest()


def _create_account(region: str, view: StateView) -> Decision:
    return homes.create_account(CreateAccount(region, ACCOUNT, "Example", REGIONS[1]), view)


def epoch_of(view: StateView) -> int:
    account = view.state(account_stream(ACCOUNT))
    return account.home_epoch if isinstance(account, Account) else 0


def rows_of(region: SimulatedRegion) -> Mapping[str, Row]:
    """What the region's state holds of the account, by stream."""
    with region.store.read() as snapshot:
        prefix = partition_prefix(0)
        rows = {key[len(prefix) :].decode(): decode_row(row) for key, row in snapshot.scan(STREAMS, prefix, prefix)}
    return {stream: row for stream, row in rows.items() if stream.startswith(IDENTITY)}


def account_of(region: SimulatedRegion) -> Account:
    state = rows_of(region)[account_stream(ACCOUNT)].state
    assert isinstance(state, Account)
    return state


def listed(rest: Rest, name: str) -> dict[tuple[str, int], tuple[Event, ...]]:
    """What the region lists as overtaken and open: region and number, and what the record says."""
    account = account_of(rest.regions[name])
    found = {}
    for taking in takings(account):
        for number, envelope in rest.histories[taking.former].shared.items():
            if number > taking.built_on and not knows(taking, envelope.adopted or {}):
                events = decode_shared(envelope.shared or b"")
                if said_of(ACCOUNT, events) and not is_settled(account, taking.former, number):
                    found[taking.former, number] = events
    return found


def asked_for(envelope: Envelope) -> bool:
    return bool(said_of(ACCOUNT, decode_shared(envelope.shared or b"")))
