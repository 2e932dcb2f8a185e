"""What take-overs of an account's home have overtaken: which records of a former home are not in effect.

Owns that rule. A take-over says, by its record, how far it had adopted the former home. What that one has said of the
account beyond is overtaken, unless it knew of the take-over. The interleaving: a home that is cut off from its stand-by
puts a user's policy, the stand-by takes over without it, and a third region hears the two in either order; all three
must list the policy. The records themselves stand in the logs for ever, so that nothing is kept here but where they
begin.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from shared.events import Event
from shared.fold import Fold
from shared.identity import account_events as accounts
from shared.identity.account_events import AccountHomeMoved
from shared.identity.model import Account
from shared.identity.streams import IDENTITY_STREAMS

ASKED_FOR = frozenset(IDENTITY_STREAMS) - {
    accounts.AccountCreated,
    accounts.AccountHomeMoved,
    accounts.HomeChangeSettled,
    accounts.EntityRestated,
    accounts.AccessKeySecretGiven,
    accounts.SigningKeysIssued,
}
"""What somebody wanted. The rest a home does by itself, and the next one does it anew."""


class Taking(NamedTuple):
    """One take-over: `number` is that of its record among what the home `by` has shared; it had adopted `former` up to
    record `built_on`."""

    former: str
    built_on: int
    by: str
    number: int


def takings(account: Account) -> tuple[Taking, ...]:
    """In the order in which they were applied here."""
    return tuple(map(Taking._make, account.taken))


def taking_of(event: AccountHomeMoved, fold: Fold) -> tuple[Taking, ...]:
    """What a record that moves the home adds to the account's take-overs: nothing, but where it is a take-over."""
    if not event.forced or event.former_region is None:
        return ()
    return (Taking(event.former_region, fold.adopted.get(event.former_region, 0), fold.author, fold.number),)


def replaces_hand_over(account: Account, event: AccountHomeMoved) -> bool:
    """Whether a take-over made the region the home that, unknown to it, had just been handed the account.

    The hand-over is overtaken with all else that the take-over had not adopted, in whatever order the two come.
    """
    is_same = (event.epoch, event.home_region) == (account.home_epoch, account.home_region)
    was_handed = event.former_region is not None and event.former_region == account.stand_by_region
    return event.forced and is_same and was_handed


def knows(taking: Taking, adopted: Mapping[str, int]) -> bool:
    """Whether a region that had `adopted` so much of each other one knew of the take-over."""
    return adopted.get(taking.by, 0) >= taking.number


def is_settled(account: Account, region: str, number: int) -> bool:
    return outcome(account, region, number) is not None


def outcome(account: Account, region: str, number: int) -> bool | None:
    """What became of an overtaken record: done again, or dropped; None while it is open."""
    return next((mark[2] for mark in account.settled if mark[:2] == (region, number)), None)


def marks_left(account: Account, taken: Iterable[Taking]) -> tuple[tuple[str, int, bool, str, int], ...]:
    """The marks of what was settled, without those that are overtaken themselves: what they ended is open again."""
    lost = [(one.former, one.built_on) for one in taken]
    return tuple(
        mark for mark in account.settled if not any(mark[3] == former and mark[4] > last for former, last in lost)
    )


def said_of(account: str, events: Iterable[Event]) -> tuple[Event, ...]:
    """What a record says of the account, and of who is in it, that a client or an operator has asked for."""
    return tuple(event for event in of_account(account, events) if type(event) in ASKED_FOR)


def of_account(account: str, events: Iterable[Event]) -> tuple[Any, ...]:
    """What a record says of the account and of who is in it."""
    told: Iterable[Any] = (event for event in events if type(event) in IDENTITY_STREAMS)
    return tuple(event for event in told if event.account == account)
