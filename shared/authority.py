"""Which region may change what elsewhere: the check that a peer's shared record passes before it is folded.

Owns the rule. A key's shared state belongs to the region of its primary, an account and what is in it to the account's
home; single-region keys, aliases and pinned peers belong to the region that holds them and to nobody else. A region
that holds a replica says what has become of that replica, and nothing more. A region that its operator has turned
against the others can thus change only what is its own.
"""

from collections.abc import Callable, Mapping

from shared.events import (
    AccountCreated,
    Event,
    KeyCreated,
    KeyDeleted,
    KeyReplicated,
    ReplicaMaterialImported,
    stream_of,
)
from shared.evolve import State
from shared.identifiers import account_stream
from shared.identity.model import Account
from shared.keys.model import Key

StateOf = Callable[[str], State | None]

_OF_A_REPLICA = (KeyDeleted, ReplicaMaterialImported)
"""What the region of a replica tells the others; each names that region."""


def overreach(
    origin: str, streams: Mapping[str, State | None], events: tuple[Event, ...] | None, other: StateOf
) -> str:
    """Why `origin` may not change these streams; "" if it may.

    `streams`: the state of each before the record. `events` is None for a record that this version cannot read. `other`
    gives the state of streams that the record does not name.
    """
    for stream, state in streams.items():
        kind, account, _ = f"{stream}//".split("/", 2)
        if kind not in ("key", "account", "user", "access-key"):
            return f"{origin} has no say over {kind} streams of other regions"
        owner = _owner(kind, state, other(account_stream(account)))
        if owner not in (None, origin) and not _speaks_of_its_replica(origin, stream, state, events):
            return f"{stream} belongs to {owner or 'the region that holds it'}, not to {origin}"
    claimed = {region for event in events or () for region in _claims(event)}
    return f"{origin} speaks for {', '.join(sorted(claimed))}" if claimed - {origin} else ""


def _speaks_of_its_replica(origin: str, stream: str, state: State | None, events: tuple[Event, ...] | None) -> bool:
    if not isinstance(state, Key) or origin not in state.replica_regions or events is None:
        return False
    of_the_key = [event for event in events if stream_of(event) == stream]
    return all(isinstance(event, _OF_A_REPLICA) and not getattr(event, "whole", False) for event in of_the_key)


def _owner(kind: str, state: State | None, account: State | None) -> str | None:
    """The region that may change the stream; None where anybody may begin it, "" where no peer may."""
    if kind == "key":
        return state.primary_region or "" if isinstance(state, Key) else None
    if isinstance(account, Account):
        return account.home_region
    return None if kind == "account" else ""


def _claims(event: Event) -> tuple[str, ...]:
    """The region that the event itself names as the owner."""
    if isinstance(event, KeyCreated | KeyReplicated):
        return (event.primary_region or "",)
    if isinstance(event, _OF_A_REPLICA):
        return (event.region,)
    if isinstance(event, AccountCreated):
        return (event.home_region,)
    return ()
