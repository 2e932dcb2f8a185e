"""Whether a key may be browned out, and the end of that.

Owns the decisions. Only what could be used at all can scream: a key that is pending deletion or disabled fails anyway.
AWS managed keys are nobody's to delete; the key of the self-test would tell an operator of a fault that is none.
"""

from typing import NamedTuple

from shared.decision import Decision, StateView
from shared.errors import InvalidKeyState, UnsupportedOperation, ValidationFailed
from shared.keys.commands import KeyName
from shared.keys.errors import NoScreamTest
from shared.keys.lifecycle import require
from shared.keys.lookup import arn_of, held_key
from shared.keys.model import AWS, Key
from shared.keys.scream_events import MINUTES_MOST, PERCENT_MOST, ScreamTestStarted, ScreamTestStopped
from shared.keys.scream_test import is_running
from shared.keys.self_test import SELF_TEST_DESCRIPTION


class StartScreamTest(NamedTuple):
    """`test`: a fresh name, 16 hexadecimal digits. `now` in milliseconds since 1970."""

    key: KeyName
    test: str
    from_percent: int
    to_percent: int
    minutes: int
    started_by: str
    now: int


class StopScreamTest(NamedTuple):
    """`now` in milliseconds since 1970."""

    key: KeyName
    stopped_by: str
    now: int


def start_scream_test(command: StartScreamTest, view: StateView) -> Decision:
    """Errors: ValidationFailed; NotFound; KeyDisabled, InvalidKeyState; UnsupportedOperation."""
    _require_shares(command)
    key, arn = held_key(view, command.key), arn_of(command.key)
    _require_deletable(key, arn)
    require("Encrypt", key, arn)
    if key.scream_test is not None and is_running(key.scream_test, command.now):
        raise InvalidKeyState(f"{arn} is under scream test {key.scream_test.test} already; stop that one first.")
    percents = command.from_percent, command.to_percent
    started = ScreamTestStarted(
        key.account, key.key_id, command.test, *percents, command.minutes, command.started_by
    )  # fmt: skip
    return Decision((started,), answer=command.test)


def stop_scream_test(command: StopScreamTest, view: StateView) -> Decision:
    """Errors: NotFound, NoScreamTest where none runs."""
    key, arn = held_key(view, command.key), arn_of(command.key)
    if key.scream_test is None or not is_running(key.scream_test, command.now):
        raise NoScreamTest(f"{arn} is under no scream test.")
    test = key.scream_test.test
    return Decision((ScreamTestStopped(key.account, key.key_id, test, command.stopped_by),), answer=test)


def _require_shares(command: StartScreamTest) -> None:
    if not 1 <= command.from_percent <= command.to_percent <= PERCENT_MOST:
        raise ValidationFailed(f"The shares of a scream test go from 1 % to {PERCENT_MOST} %, and do not shrink.")
    if not 1 <= command.minutes <= MINUTES_MOST:
        raise ValidationFailed(f"A scream test takes from 1 to {MINUTES_MOST} minutes.")


def _require_deletable(key: Key, arn: str) -> None:
    if key.key_manager == AWS:
        raise UnsupportedOperation(f"{arn} is an AWS managed key, and nobody can delete it.")
    if key.description == SELF_TEST_DESCRIPTION:
        raise UnsupportedOperation(f"{arn} is what Keytide proves itself with.")
