"""How a command becomes a record: decide against a fresh snapshot, submit, and decide again where it came to nothing.

Owns the loop behind `Call.change`. Nothing is locked: what the log says last is what counts, and an answer goes out
only for a record that was applied, or for a decision that nothing is to be done. Requests of this worker that change
the same streams take turns, and what another worker or node made void is decided again, for `CHANGE_SECONDS` in all.
"""

import asyncio
import random
from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol, TypeAlias

from replication.fold.judge import Verdict
from replication.records.position import Head
from replication.records.record import Request
from replication.state.partition_head import PartitionHead
from replication.state.served_state import ServedState
from replication.state.state_store import COMMANDS, FROZEN_COMMAND, PARTITIONS, Snapshot, StateStore, partition_prefix
from replication.state.view import SnapshotView
from replication.writing.draft import UNAVAILABLE, UNKNOWN, UNWITNESSED, Answer, Draft, settled
from services.region_node.changes.drafting import draft_of
from services.region_node.changes.turns import TooManyWait, Turns
from shared.decision import Decision
from shared.errors import (
    DependencyTimeout,
    InternalFailure,
    KeytideError,
    KeyUnavailable,
    Throttled,
    ValidationFailed,
)
from shared.identifiers import partition_of
from shared.witness_errors import NotWitnessed

CHANGE_SECONDS = 10.0
"""In which a change must be handed to the log for the last time."""
PAUSE_SECONDS = (0.005, 0.25)
"""The longest pause after the first void attempt, and after any."""
IN_FLIGHT_MOST = 1_000
"""Changes of one worker that wait for their turn or the log; more would only wait longer."""

Decide: TypeAlias = Callable[[SnapshotView], Decision]

_OUTCOME_UNKNOWN = (
    "The region's log did not answer in time, so the outcome of this request is unknown. An AWS SDK that sends it "
    "again is safe: one call takes effect at most once. Without the header amz-sdk-invocation-id, look first whether "
    "it has taken effect."
)
_CONTENDED = "Too many other requests change the same resource; nothing was changed by this one. Retry it."
_CROWDED = "Too many changes wait for the region's log; nothing was changed by this one. Retry it."
_FROZEN = (
    "A record that this version of the program cannot apply has changed the resource, so its state is not known here; "
    "upgrade this region."
)
_TEXTS: Mapping[str, str] = {
    UNKNOWN: _OUTCOME_UNKNOWN,
    UNAVAILABLE: "The region's log takes no changes at the moment; nothing was changed. See /readyz of the region.",
    UNWITNESSED: "No peer has confirmed this region's log since its start, so that it changes nothing; nothing was "
    "changed.",
    Verdict.FROZEN: _FROZEN,
    Verdict.STILL_FROZEN: _FROZEN,
    Verdict.REJECTED: "The change is too large for one record of the region's log; nothing was changed.",
}
_REFUSALS: Mapping[str, type[KeytideError]] = {
    UNKNOWN: InternalFailure,
    UNAVAILABLE: DependencyTimeout,
    UNWITNESSED: NotWitnessed,
    Verdict.FROZEN: KeyUnavailable,
    Verdict.STILL_FROZEN: KeyUnavailable,
    Verdict.REJECTED: ValidationFailed,
}
"""What a client hears of a verdict that did not let its change take effect."""


class Command(NamedTuple):
    """What may change something. `command_id` is the same for a request and its retries.

    `request` is None where no client has asked: the node does it by itself.
    """

    account: str
    command_id: bytes
    request: Request | None = None


class Place(NamedTuple):
    """Where a change stands. `shared`: the head of what the region shares with it, or None where it is not shared."""

    partition: int
    sequence: int
    shared: Head | None


class Done(NamedTuple):
    """Nothing more is to be done: the command's answer, and where what it wanted stands.

    `written`: by this request itself, whose record was waited for. What others have written may not bind every node.
    """

    answer: str
    place: Place
    written: bool = False


Note: TypeAlias = Callable[[Done], None]
Renew: TypeAlias = Callable[[Decision, Snapshot], Decision]
"""The decision with its secrets under the domain keys that are current in the snapshot: see `renewing.py`."""


def _unnoted(_done: Done) -> None:
    """For whom it does not matter."""


def _as_decided(decision: Decision, _snapshot: Snapshot) -> Decision:
    """Where no domain key is ever exchanged."""
    return decision


class Submitter(Protocol):
    async def submit(self, draft: Draft) -> Answer: ...


class OtherNodes(Protocol):
    """The other nodes of the region, for who answers without having written. Errors: DependencyTimeout."""

    async def follow(self, partition: int) -> None:
        """Return once all is applied here that the region's log held when this was called."""

    async def held(self, partition: int, sequence: int) -> None:
        """Return once what has been applied here up to there binds every node."""


class NoOthers:
    """A node that is alone has nobody to wait for."""

    async def follow(self, _partition: int) -> None:
        """What its state says is all there is."""

    async def held(self, _partition: int, _sequence: int) -> None:
        """It binds nobody else."""


class Changing:
    """Carries out the commands of one region. `jitter` is in [0, 1)."""

    def __init__(
        self,
        store: StateStore,
        partitions: int,
        replicator: Submitter,
        seconds: float = CHANGE_SECONDS,
        jitter: Callable[[], float] = random.SystemRandom().random,
        others: OtherNodes | None = None,
        renew: Renew = _as_decided,
    ) -> None:
        self._store = store
        self._partitions = partitions
        self._served = ServedState(partitions)
        self._replicator = replicator
        self._seconds = seconds
        self._jitter = jitter
        self._others = others or NoOthers()
        self._renew = renew
        self._turns = Turns()
        self._in_flight = 0

    async def change(self, command: Command, decide: Decide, note: Note = _unnoted) -> str:
        """The decision's answer once its record is applied, or at once where the state already is as wanted.

        A command seen before is not decided: its first answer is given. Errors: those of `decide`; those of
        `_REFUSALS`; DependencyTimeout (nothing was sent); Throttled (too many, or others came first again and again).
        `note` is told where the change stands: at the record itself, or else at a place that surely is not before it.
        """
        if self._in_flight >= IN_FLIGHT_MOST:
            raise Throttled(_CROWDED)
        self._in_flight += 1
        try:
            return await self._in_turn(command, decide, note)
        finally:
            self._in_flight -= 1

    async def _in_turn(self, command: Command, decide: Decide, note: Note) -> str:
        deadline = asyncio.get_running_loop().time() + self._seconds
        decided: Draft | Done = self._decide(command, decide)
        if isinstance(decided, Done):
            # Another node may have written since what this state shows: then there is something to do after all.
            await self._others.follow(decided.place.partition)
            decided = self._decide(command, decide)
        while isinstance(decided, Draft):
            streams = _streams(decided)
            try:
                async with self._turns.of(streams, deadline) as waited:
                    decided = self._decide(command, decide) if waited else decided
                    decided = await self._written(command, decide, decided, streams, deadline)
            except TooManyWait as error:
                raise Throttled(_CONTENDED) from error
        if not decided.written:
            await self._others.held(decided.place.partition, decided.place.sequence)
        note(decided)
        return decided.answer

    async def _written(
        self, command: Command, decide: Decide, decided: Draft | Done, streams: frozenset[str], deadline: float
    ) -> Draft | Done:
        """The answer; or a draft that names other streams than `streams`, of which this is not the turn."""
        attempts = 0
        while isinstance(decided, Draft) and _streams(decided) <= streams:
            verdict, answer, sequence, shared = await self._replicator.submit(decided)
            if verdict == Verdict.APPLIED:
                return Done(answer, Place(decided.partition, sequence, shared), written=True)
            if settled(verdict):
                return Done(answer, self._standing(decided.partition))
            if verdict != Verdict.VOID:
                raise _refusal(verdict)
            attempts += 1
            await self._pause(attempts, deadline)
            decided = self._decide(command, decide)
        return decided

    async def _pause(self, attempts: int, deadline: float) -> None:
        """Errors: Throttled where no time is left."""
        first, longest = PAUSE_SECONDS
        seconds = min(longest, first * 2.0 ** min(attempts - 1, 10)) * self._jitter()
        if asyncio.get_running_loop().time() + seconds >= deadline:
            raise Throttled(_CONTENDED)
        await asyncio.sleep(seconds)

    def _standing(self, partition: int) -> Place:
        with self._store.read() as snapshot:
            return _place(snapshot, partition)

    def _decide(self, command: Command, decide: Decide) -> Draft | Done:
        """A draft to submit, or the answer where there is nothing to do. The snapshot ends here."""
        partition = partition_of(command.account, self._partitions)
        with self._store.read() as snapshot:
            first = snapshot.get(COMMANDS, partition_prefix(partition) + command.command_id)
            if first == FROZEN_COMMAND:
                raise _refusal(Verdict.FROZEN)
            if first is not None:
                return Done(first.decode(), _place(snapshot, partition))
            view = self._served.view(snapshot)
            decision = decide(view)
            if not decision.events:
                return Done(decision.answer, _place(snapshot, partition))
            decision = self._renew(decision, snapshot)
            return draft_of(decision, view, partition, command.command_id, command.request)


def _place(snapshot: Snapshot, partition: int) -> Place:
    """Where the partition stands: not before whatever has made it so."""
    head = PartitionHead.decode(snapshot.get(PARTITIONS, partition_prefix(partition)))
    return Place(partition, head.head.sequence, head.shared)


def _streams(draft: Draft) -> frozenset[str]:
    return frozenset(stream for stream, _ in draft.streams)


def _refusal(verdict: str) -> KeytideError:
    return _REFUSALS.get(verdict, InternalFailure)(_TEXTS.get(verdict, f"The record was {verdict}."))
