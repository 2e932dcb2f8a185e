"""How a command becomes a record: decide against a fresh snapshot, submit, and decide again where it came to nothing.

Owns the loop behind `Call.change`. What the log says last is what counts: an answer goes out only for a record that was
applied, or for a decision that nothing is to be done.
"""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from replication.draft import UNAVAILABLE, UNKNOWN, Answer, Draft, settled
from replication.judge import Verdict
from replication.record import Request
from replication.state_store import COMMANDS, FROZEN_COMMAND, StateStore, partition_prefix
from replication.view import served
from services.region_node.call import Decide
from services.region_node.drafting import draft_of
from shared.errors import (
    DependencyTimeout,
    InternalFailure,
    KeytideError,
    KeyUnavailable,
    Throttled,
    ValidationFailed,
)
from shared.identifiers import partition_of

ATTEMPTS = 5
IN_FLIGHT_MOST = 1_000
"""Changes of one worker that wait for the log; so many are enough for every core, and more would only wait longer."""

_OUTCOME_UNKNOWN = (
    "The region's log did not answer in time, so the outcome of this request is unknown. An AWS SDK that sends it "
    "again is safe: one call takes effect at most once. Without the header amz-sdk-invocation-id, look first whether "
    "it has taken effect."
)
_CONTENDED = "Other requests changed the same resource again and again; nothing was changed by this one. Retry it."
_FROZEN = (
    "A record that this version of the program cannot apply has changed the resource, so its state is not known here; "
    "upgrade this region."
)
_TEXTS: Mapping[str, str] = {
    UNKNOWN: _OUTCOME_UNKNOWN,
    UNAVAILABLE: "The region's log takes no changes at the moment; nothing was changed. See /readyz of the region.",
    Verdict.FROZEN: _FROZEN,
    Verdict.STILL_FROZEN: _FROZEN,
    Verdict.REJECTED: "The change is too large for one record of the region's log; nothing was changed.",
}
_REFUSALS: Mapping[str, type[KeytideError]] = {
    UNKNOWN: InternalFailure,
    UNAVAILABLE: DependencyTimeout,
    Verdict.FROZEN: KeyUnavailable,
    Verdict.STILL_FROZEN: KeyUnavailable,
    Verdict.REJECTED: ValidationFailed,
}
"""What a client hears of a verdict that did not let its change take effect."""


class Command(NamedTuple):
    """One request that may change something. `command_id` is the same for a request and its retries."""

    account: str
    command_id: bytes
    request: Request


class Submitter(Protocol):
    async def submit(self, draft: Draft) -> Answer: ...


class Changing:
    """Carries out the commands of one region."""

    def __init__(self, store: StateStore, partitions: int, replicator: Submitter) -> None:
        self._store = store
        self._partitions = partitions
        self._replicator = replicator
        self._in_flight = 0

    async def change(self, command: Command, decide: Decide) -> str:
        """The decision's answer once its record is applied, or at once where the state already is as wanted.

        A command seen before is not decided: its first answer is given. Errors: those of `decide`; those of
        `_REFUSALS`; DependencyTimeout (nothing was sent); InternalFailure (void `ATTEMPTS` times); Throttled.
        """
        if self._in_flight >= IN_FLIGHT_MOST:
            raise Throttled("Too many changes wait for the region's log; nothing was changed.")
        self._in_flight += 1
        try:
            return await self._settled(command, decide)
        finally:
            self._in_flight -= 1

    async def _settled(self, command: Command, decide: Decide) -> str:
        for _ in range(ATTEMPTS):
            decided = self._decide(command, decide)
            if isinstance(decided, str):
                return decided
            verdict, answer, _ = await self._replicator.submit(decided)
            if settled(verdict):
                return answer
            if verdict != Verdict.VOID:
                raise _refusal(verdict)
        raise InternalFailure(_CONTENDED)

    def _decide(self, command: Command, decide: Decide) -> Draft | str:
        """A draft to submit, or the answer where there is nothing to do. The snapshot ends here."""
        partition = partition_of(command.account, self._partitions)
        with self._store.read() as snapshot:
            first = snapshot.get(COMMANDS, partition_prefix(partition) + command.command_id)
            if first == FROZEN_COMMAND:
                raise _refusal(Verdict.FROZEN)
            if first is not None:
                return first.decode()
            view = served(snapshot, self._partitions)
            decision = decide(view)
            if not decision.events:
                return decision.answer
            return draft_of(decision, view, partition, command.command_id, command.request)


def _refusal(verdict: str) -> KeytideError:
    return _REFUSALS.get(verdict, InternalFailure)(_TEXTS.get(verdict, f"The record was {verdict}."))
