"""What all decisions about an account have in common.

Owns where they may be made and what they rest on. Every one of them rests on the account's stream, whatever it is
about: so the log lets one change of an account through after the other, and a decision may count, compare names or see
that nothing hangs on a thing without naming all that it has read.
"""

from shared.decision import Decision, StateView
from shared.errors import NotFound
from shared.events import Event
from shared.identifiers import account_stream
from shared.identity.errors import IdentityLimitExceeded, NotHome
from shared.identity.model import Account
from shared.identity.naming import LISTED_KINDS

NOTHING = Decision(())
"""The state already is as wanted."""


def known_account(view: StateView, account: str) -> Account:
    """Errors: NotFound."""
    state = view.state(account_stream(account))
    if not isinstance(state, Account):
        raise NotFound(f"Account {account} does not exist")
    return state


def require_home(view: StateView, account: str, region: str) -> Account:
    """The account, whose home `region` has to be. Errors: NotFound, NotHome."""
    state = known_account(view, account)
    if state.home_region != region:
        raise NotHome(account, state.home_region)
    return state


def decided(account: str, *events: Event, answer: str = "") -> Decision:
    """All of it is shared, as it is."""
    return Decision(events, events, (account_stream(account),), answer)


def require_room(view: StateView, account: str, kind: str, limit: int) -> None:
    """Errors: IdentityLimitExceeded where the account has `limit` entities of `kind`."""
    if sum(1 for _ in view.entities(account, kind, "")) >= limit:
        raise over_quota(f"{LISTED_KINDS[kind]}PerAccount", limit)


def over_quota(quota: str, limit: int) -> IdentityLimitExceeded:
    return IdentityLimitExceeded(f"Cannot exceed quota for {quota}: {limit}")
