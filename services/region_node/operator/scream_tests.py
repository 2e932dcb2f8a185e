"""Scream tests, as an operator asks for them: a key is browned out in this region before it is deleted.

Owns the answers to the operator. What is decided stands in `shared/keys/decide_scream_test.py`, which uses fail in
`shared/keys/scream_test.py`: there is nothing to be switched off here.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from services.region_node.operator.questions import Verb
from services.region_node.own_work.due_secrets import Change
from shared.crypto.entropy import random_bytes
from shared.decision import Decision, StateView
from shared.keys.commands import KeyName
from shared.keys.decide_scream_test import StartScreamTest, StopScreamTest, start_scream_test, stop_scream_test

TEST_BYTES = 8


class ScreamTests:
    """Of one region. `now` gives integer milliseconds since 1970."""

    def __init__(self, region: str, change: Change, now: Callable[[], int]) -> None:
        self._region, self._change, self._now = region, change, now
        self.answers: Mapping[str, Callable[..., Awaitable[Any]]] = {
            Verb.START_SCREAM_TEST: self.start,
            Verb.STOP_SCREAM_TEST: self.stop,
        }

    async def start(
        self, account: str, key_id: str, from_percent: int, to_percent: int, minutes: int, asked_by: str
    ) -> str:
        """The name of the test. Errors: those of `start_scream_test`."""
        name, test = KeyName(self._region, account, key_id), random_bytes(TEST_BYTES).hex()

        def decide(view: StateView) -> Decision:
            command = StartScreamTest(name, test, from_percent, to_percent, minutes, asked_by, self._now())
            return start_scream_test(command, view)

        await self._change(account, decide)
        return test

    async def stop(self, account: str, key_id: str, asked_by: str) -> None:
        """Errors: those of `stop_scream_test`."""
        name = KeyName(self._region, account, key_id)
        await self._change(account, lambda view: stop_scream_test(StopScreamTest(name, asked_by, self._now()), view))
