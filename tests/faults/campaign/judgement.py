"""What calls and logs prove together: nothing acknowledged is lost, nothing is done twice, histories are linearizable.

Owns the rules, all pure. A call whose outcome is unknown is resolved by its record: it took effect, before the next
acknowledged change of its region's log had ended, or never.
"""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from math import inf
from typing import NamedTuple

from tests.faults.campaign.aftermath import Effect
from tests.faults.campaign.asking import always_recorded
from tests.faults.campaign.calls import Call, Outcome, Register
from tests.linearizability import Operation, is_linearizable

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
    """The registers whose history no order of its calls explains."""
    found = histories(calls, effects)
    return [
        " ".join(register)
        for register, history in found.items()
        if register in initial and not is_linearizable(history, initial[register])
    ]


def histories(calls: Sequence[Call], effects: Effects) -> dict[Register, list[Operation]]:
    """Each register's operations, with every unknown change resolved."""
    ends = _acknowledged_by(calls, effects)
    found: dict[Register, list[Operation]] = defaultdict(list)
    for call in calls:
        for register, value in call.saw:
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
