"""What becomes of a change of a former home that a take-over has overtaken: done again at the present one, or dropped.

Owns that either ends the difference that the change has made. Regions that adopted it before the take-over, the former
home among them, hold what it did; so the home tells what each stream holds that the change has touched, as a whole, and
what is done again comes on top of that, in the same record.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeAlias

from shared.decision import Decision, StateView
from shared.events import Event, stream_of
from shared.identifiers import account_stream
from shared.identity.account_events import AccountSynchronousSet, HomeChangeSettled
from shared.identity.deciding import NOTHING, require_home
from shared.identity.overtaken import is_settled, of_account
from shared.identity.restating import restating

Decide: TypeAlias = Callable[[StateView], Decision]


class SettleHomeChange(NamedTuple):
    """Record `number` of `origin`, which has said `events`. `again`: what it comes to at the home; None to drop it."""

    region: str
    account: str
    origin: str
    number: int
    events: tuple[Event, ...]
    again: Decide | None = None


def settle_home_change(command: SettleHomeChange, view: StateView) -> Decision:
    """Nothing where that is settled. Errors: NotFound, NotHome; those of what is done again."""
    account = require_home(view, command.account, command.region)
    if is_settled(account, command.origin, command.number):
        return NOTHING
    said = of_account(command.account, command.events)
    settled = HomeChangeSettled(command.account, command.origin, command.number, command.again is not None)
    before: list[Event] = [settled, *_as_it_is(said, view, command.account)]
    if any(isinstance(event, AccountSynchronousSet) for event in said):
        before.append(AccountSynchronousSet(command.account, account.synchronous_regions))
    done = NOTHING if command.again is None else command.again(view)
    events, shared = (*before, *done.events), (*before, *done.shared_events)
    return Decision(events, shared, (account_stream(command.account), *done.rests_on), command.account)


def _as_it_is(said: Iterable[Event], view: StateView, account: str) -> Iterable[Event]:
    streams = dict.fromkeys(map(stream_of, said))
    streams.pop(account_stream(account), None)
    return [restating(account, stream, view.state(stream)) for stream in streams]
