"""One value of every released form that scream tests have brought."""

from collections.abc import Mapping

from shared.evolve import State
from shared.keys.model import Key, KeyMaterial, ScreamTest
from shared.keys.scream_events import ScreamTestEvent, ScreamTestStarted, ScreamTestStopped

ACCOUNT, KEY_ID, TEST = "111122223333", "1234abcd-12ab-34cd-56ef-1234567890ab", "0123456789abcdef"

SCREAM_EVENTS: Mapping[str, ScreamTestEvent] = {
    "event-225-scream-test-started": ScreamTestStarted(ACCOUNT, KEY_ID, TEST, 5, 50, 30, "operator@host"),
    "event-226-scream-test-stopped": ScreamTestStopped(ACCOUNT, KEY_ID, TEST, "operator@host"),
}
SCREAM_STATES: Mapping[str, tuple[int, State | None, bool]] = {
    "row-key-that-was-browned-out": (
        3,
        Key(
            ACCOUNT, KEY_ID, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "AWS_KMS", 5,
            (KeyMaterial("ab" * 32, KEY_ID, 5, b"w"),), "Enabled", "", None, (), None, (), 0,
            scream_test=ScreamTest(TEST, 6, 30, 5, 50, "operator@host", 7, "other@host"),
        ),
        False,
    ),
}  # fmt: skip
