"""What calls and logs prove together: nothing acknowledged is lost, nothing is done twice, histories are linearizable.

Owns the rules, all pure. A call whose outcome is unknown is resolved by its record: it took effect, before the next
acknowledged change of its region's log had ended, or never.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from math import inf
from typing import NamedTuple

from services.drill.calls import Outcome
from tests.faults.campaign.aftermath import Effect
from tests.faults.campaign.asking import always_recorded
from tests.faults.campaign.calls import Call, Register
from tests.linearizability import Operation, is_linearizable

NEAR_SECONDS = 0.3
Effects = Mapping[str, Sequence[Effect]]


class Judgement(NamedTuple):
    """Names of calls, and registers. All but the two numbers have to be empty."""

    lost: list[str]
    repeated: list[str]
    refused_in_effect: list[str]
    not_linearizable: list[str]
    unknown_in_effect: int
    unknown_never: int


def judge(calls: Sequence[Call], effects: Effects, initial: Mapping[Register, Hashable]) -> Judgement:
    """Of all calls of a campaign and all records of its logs."""
    changes = [call for call in calls if call.wrote is not None]
    unknown = [call for call in changes if call.outcome is Outcome.UNKNOWN]
    in_effect = [call for call in unknown if effects.get(call.name)]
    return Judgement(
        lost=[call.name for call in changes if _is_lost(call, effects)],
        repeated=[call.name for call in changes if len(effects.get(call.name, ())) > 1],
        refused_in_effect=[call.name for call in changes if call.outcome is Outcome.REFUSED and effects.get(call.name)],
        not_linearizable=not_linearizable(calls, effects, initial),
        unknown_in_effect=len(in_effect),
        unknown_never=len(unknown) - len(in_effect),
    )


def _is_lost(call: Call, effects: Effects) -> bool:
    """Acknowledged, and of a kind that leaves a record: but there is none. All kinds stand in the histories besides."""
    return call.outcome is Outcome.OK and always_recorded(call.operation) and not effects.get(call.name)


def not_linearizable(calls: Sequence[Call], effects: Effects, initial: Mapping[Register, Hashable]) -> list[str]:
    """The registers whose history no order of its calls explains, with the first call that none explains."""
    return [
        f"{' '.join(register)} at node {node}: {_told(first_impossible(history, initial[register]))}"
        for node in sorted({call.node for call in calls})
        for register, history in histories(calls, effects, node).items()
        if register in initial and not is_linearizable(history, initial[register])
    ]


def first_impossible(history: Sequence[Operation], initial: Hashable) -> list[Operation]:
    """Of a history that is not linearizable: the operation whose end makes it so, and what was under way or had ended
    just before, in the order of their beginnings."""
    by_end = sorted(history, key=lambda operation: operation.ended)
    at = bisect_left(by_end, True, key=lambda last: not is_linearizable(_until(history, last.ended), initial))
    last = by_end[at]
    near = [operation for operation in history if last.began - NEAR_SECONDS < operation.ended and operation != last]
    return [*(operation for operation in near if operation.began < last.ended), last]


def _until(history: Sequence[Operation], moment: float) -> list[Operation]:
    """What was known at a moment: a write that was under way may have taken effect, or not yet."""
    begun = (operation for operation in history if operation.began < moment)
    known = (one if one.ended <= moment else one._replace(ended=inf) for one in begun)
    return [operation for operation in known if operation.is_write or operation.ended < inf]


def _told(operations: Sequence[Operation]) -> str:
    """Seconds from the beginning of the last one."""
    start = operations[-1].began
    return "; ".join(
        f"{'wrote' if one.is_write else 'saw'} {one.value} from {one.began - start:.3f} to {one.ended - start:.3f}"
        for one in operations
    )


def histories(calls: Sequence[Call], effects: Effects, node: int) -> dict[Register, list[Operation]]:
    """Each register's changes at any node, with every unknown one resolved, and what was seen at this node.

    A node serves a change as soon as it has applied it, and it is acknowledged once all nodes have: what two nodes show
    meanwhile has no common order.
    """
    ends = _acknowledged_by(calls, effects)
    found: dict[Register, list[Operation]] = defaultdict(list)
    for call in calls:
        for register, value in call.saw if call.node == node else ():
            found[register].append(Operation(False, value, call.began, call.ended))
        if call.wrote is None:
            continue
        register, value = call.wrote
        if call.outcome is Outcome.OK:
            found[register].append(Operation(True, value, call.began, call.ended))
        elif at := effects.get(call.name):
            found[register].append(Operation(True, value, call.began, _next_end(ends[at[0].region], at[0].sequence)))
    return found


def _acknowledged_by(calls: Sequence[Call], effects: Effects) -> Mapping[str, list[tuple[int, float]]]:
    """By region: for each acknowledged record its sequence, and by when it and all before it had taken effect."""
    ends: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for call in calls:
        if call.outcome is Outcome.OK:
            for effect in effects.get(call.name, ()):
                ends[effect.region].append((effect.sequence, call.ended))
    return defaultdict(list, {region: _earliest_from_behind(sorted(rows)) for region, rows in ends.items()})


def _earliest_from_behind(rows: list[tuple[int, float]]) -> list[tuple[int, float]]:
    earliest, found = inf, []
    for sequence, ended in reversed(rows):
        earliest = min(earliest, ended)
        found.append((sequence, earliest))
    return found[::-1]


def _next_end(ends: list[tuple[int, float]], sequence: int) -> float:
    return next((ended for number, ended in ends if number > sequence), inf)
