"""What a passed drill makes of the region's knowledge: the fold. The latest counts."""

from collections.abc import Callable, Mapping
from typing import Any

from shared.drills.events import RecoveryProven
from shared.drills.model import Recovery
from shared.fold import Fold


def _proven(_state: object, event: RecoveryProven, fold: Fold) -> Recovery:
    return Recovery(event.scenario, event.report, fold.time)


DRILL_FOLDS: Mapping[type[Any], Callable[[Any, Any, Fold], Any]] = {RecoveryProven: _proven}
