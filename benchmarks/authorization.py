"""What authorization costs: of an Encrypt request with ordinary policies, and with the worst of 32 KB.

Owns the benchmark `authorization`: `evaluate` alone, in one process, against the time that one worker takes for an
Encrypt of the same run. The worst cases are measured with everything remembered and from nothing.
"""

import itertools
import time
from collections.abc import Callable
from functools import partial

from benchmarks.policy_cases import ORDINARY, WORST
from benchmarks.running import REGIONS, regions
from benchmarks.serving import bodies
from benchmarks.throwing import signed, throw_at_keytide, wrk_is_missing
from shared.policy.evaluate import evaluate
from shared.policy.question import Question

ROUNDS = 5


def run(seconds: int) -> None:
    """Measure and print."""
    request = None if wrk_is_missing("authorization") else _microseconds_of_encrypt(seconds)
    print("authorization: a key policy of 20 statements, two IAM policies, three grants")
    for title, question in ORDINARY.items():
        took = _microseconds(partial(evaluate, question), 20_000)
        ratio = f"ratio {took / request:.3f} to Encrypt's {request:.0f} us" if request else ""
        print(f"  {title:34} {took:8.2f} us {evaluate(question).reason.name:18} {ratio}")
    print("authorization: a key policy of 32 KB")
    for title, question in WORST.items():
        remembered = _microseconds(partial(evaluate, question), 20)
        first = _microseconds(partial(_evaluate_unseen, question), 1)
        print(f"  {title:34} {remembered:8.0f} us remembered, {first / 1000:6.1f} ms at first use")


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
    began = time.perf_counter()
    for _ in range(count):
        call()
    return (time.perf_counter() - began) / count


def _microseconds_of_encrypt(seconds: int) -> float:
    with regions("--regions", REGIONS[0], "--workers", "1") as running:
        return 1e6 / throw_at_keytide(running, signed(running, "Encrypt", bodies(running)), seconds).rate
