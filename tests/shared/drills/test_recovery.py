"""What a region knows of the drills that it has passed."""

from shared.drills.events import RecoveryProven
from shared.drills.model import Recovery
from shared.events import stream_of
from shared.evolve import evolve
from shared.fold import Fold
from shared.identifiers import RECOVERY_STREAM


def test_the_latest_passed_drill_counts() -> None:
    first, second = RecoveryProven("region-loss", "aa" * 32), RecoveryProven("restore", "bb" * 32)
    assert {stream_of(first), stream_of(second)} == {RECOVERY_STREAM}
    known = evolve(None, first, Fold("us-east-1", 5))
    assert known == Recovery("region-loss", "aa" * 32, 5)
    assert evolve(known, second, Fold("us-east-1", 9)) == Recovery("restore", "bb" * 32, 9)
