"""What authorization costs: of an Encrypt request with ordinary policies, and with the worst of 32 KB.

Owns the benchmark `authorization`. The step of real requests is what they take less without it, in a worker in this
process, sockets left out. `evaluate` alone is asked besides; for the worst cases with everything remembered, and from
nothing. All times are the processor's: what else the machine does adds little.
"""

import itertools
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple
from unittest.mock import patch

from benchmarks.permission_cases import cases, requests
from benchmarks.policy_cases import ORDINARY, WORST
from benchmarks.running import REGIONS, regions
from benchmarks.worker_here import WorkerHere, worker_here
from services.region_node.operations import resolve
from shared.policy.evaluate import evaluate
from shared.policy.question import Question

ROUNDS = 5
REQUESTS = 2_000


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
        took = _microseconds(partial(evaluate, question), 20_000)
        print(f"  {title:34} {took:8.2f} us {evaluate(question).reason.name}")
    print("authorization: a key policy of 32 KB")
    for title, question in WORST.items():
        remembered = _microseconds(partial(evaluate, question), 20)
        first = _microseconds(partial(_evaluate_unseen, question), 1)
        print(f"  {title:34} {remembered:8.0f} us remembered, {first / 1000:6.1f} ms at first use")


class _Costs(NamedTuple):
    """Microseconds a request."""

    step: float
    whole: float


def _step_in_requests(worker: WorkerHere, given: Sequence[bytes], rounds: int) -> _Costs:
    """What requests take less where nobody asks for a permission: of each kind the best of some rounds, in turns."""
    wholes, others = [], []
    for _ in range(rounds):
        wholes.append(worker.seconds(given))
        with patch.object(resolve, "require_on_key", _allow):
            others.append(worker.seconds(given))
    return _Costs((min(wholes) - min(others)) * 1e6, min(wholes) * 1e6)


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
