"""What a scream test makes of a key: the folds. The last test is remembered when it is over: it is evidence."""

from collections.abc import Callable, Mapping
from typing import Any

from shared.fold import Fold
from shared.keys.folding import the_key
from shared.keys.model import Key, ScreamTest
from shared.keys.scream_events import ScreamTestStarted, ScreamTestStopped


def _started(state: object, event: ScreamTestStarted, fold: Fold) -> Key:
    test = ScreamTest(
        event.test, fold.time, event.minutes, event.from_percent, event.to_percent, event.started_by
    )  # fmt: skip
    return the_key(state)._replace(scream_test=test)


def _stopped(state: object, event: ScreamTestStopped, fold: Fold) -> Key:
    key = the_key(state)
    if key.scream_test is None or key.scream_test.test != event.test:
        return key
    return key._replace(scream_test=key.scream_test._replace(stopped_at=fold.time, stopped_by=event.stopped_by))


SCREAM_TEST_FOLDS: Mapping[type[Any], Callable[[Any, Any, Fold], Key | None]] = {
    ScreamTestStarted: _started,
    ScreamTestStopped: _stopped,
}
