"""One value of every released form that drills have brought."""

from collections.abc import Mapping

from shared.drills.events import RecoveryProven
from shared.drills.model import Recovery
from shared.evolve import State

REPORT = "5e" * 32

DRILL_EVENTS: Mapping[str, RecoveryProven] = {
    "event-210-recovery-proven": RecoveryProven("region-loss", REPORT),
}
DRILL_STATES: Mapping[str, tuple[int, State | None, bool]] = {
    "row-recovery": (2, Recovery("region-loss", REPORT, 1_700_000_000_000), False),
}
