"""What authorization costs: of an Encrypt request with ordinary policies, and with the worst of 32 KB.

Owns the benchmark `authorization`. The step of real requests is what they take less without it, in a worker in this
process, sockets left out. `evaluate` alone is asked besides; for the worst cases with everything remembered, and from
nothing. All times are the processor's: what else the machine does adds little.
"""

import itertools
import time
from collections.abc import Callable, Sequence
from functools import partial
from statistics import median
from typing import NamedTuple
from unittest.mock import patch

from benchmarks.permission_cases import cases, requests
from benchmarks.policy_cases import ORDINARY, WORST
from benchmarks.running import REGIONS, regions
from benchmarks.worker_here import WorkerHere, worker_here
from services.region_node.operations import resolve
from shared.policy.evaluate import evaluate, evaluate_ready
from shared.policy.question import Question
from shared.policy.ready import Ready

ROUNDS = 5
REQUESTS = 2_000
IN_A_TURN = 200
TURNS = 10
"""Of each kind, in a round."""


def run(rounds: int) -> None:
    """Measure and print."""
    print("authorization: its step in an Encrypt; a key policy of 20 statements, two IAM policies, three grants")
    with regions("--regions", REGIONS[0], "--workers", "1") as running:
        asked = [(case.title, list(requests(case, REQUESTS))) for case in cases(running)]
        with worker_here(running) as worker:
            for title, given in asked:
                step, whole = _step_in_requests(worker, given, rounds)
                print(f"  {title:34} {step:8.2f} us of {whole:.1f} us: {step / whole:.1%}")
    print("authorization: the evaluation alone")
    for title, question in ORDINARY.items():
        took = _microseconds(partial(evaluate_ready, Ready(question.right), question), 20_000)
        print(f"  {title:34} {took:8.2f} us {evaluate(question).reason.name}")
    print("authorization: a key policy of 32 KB")
    for title, question in WORST.items():
        remembered = _microseconds(partial(evaluate_ready, Ready(question.right), question), 20)
        first = _microseconds(partial(_evaluate_unseen, question), 1)
        print(f"  {title:34} {remembered:8.0f} us remembered, {first / 1000:6.1f} ms at first use")


class _Costs(NamedTuple):
    """Microseconds a request."""

    step: float
    whole: float


def _step_in_requests(worker: WorkerHere, given: Sequence[bytes], rounds: int) -> _Costs:
    """What requests take less where nobody asks for a permission: by the median of short turns, each kind first in
    every other one, since what else the machine does adds to both."""
    wholes, steps = [], []
    for turn, start in enumerate(itertools.islice(itertools.cycle(range(0, len(given), IN_A_TURN)), rounds * TURNS)):
        some = given[start : start + IN_A_TURN]
        costs = [_seconds(worker, some, asks) for asks in ((True, False) if turn % 2 else (False, True))]
        whole, other = costs if turn % 2 else reversed(costs)
        wholes.append(whole)
        steps.append(whole - other)
    return _Costs(median(steps) * 1e6, median(wholes) * 1e6)


def _seconds(worker: WorkerHere, given: Sequence[bytes], asks: bool) -> float:
    """A request's time with its authorization, or without."""
    if asks:
        return worker.seconds(given)
    with patch.object(resolve, "require_on_key", _allow):
        return worker.seconds(given)


def _allow(*_asked: object) -> None:
    pass


_spaces = itertools.count(1)


def _evaluate_unseen(question: Question) -> None:
    """With a policy text that nobody has seen before."""
    policy = question.resource_policy
    if policy is None:
        raise AssertionError("there is no policy to be read")
    evaluate(question._replace(resource_policy=policy._replace(text=policy.text + " " * next(_spaces))))


def _microseconds(call: Callable[[], object], count: int) -> float:
    """A call's time: the best of some rounds, since other work of the machine only adds to it."""
    call()
    return min(_round(call, count) for _ in range(ROUNDS)) * 1e6


def _round(call: Callable[[], object], count: int) -> float:
    began = time.thread_time()
    for _ in range(count):
        call()
    return (time.thread_time() - began) / count
