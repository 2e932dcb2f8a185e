"""What the auditor's rounds tell of themselves, put together.

Owns that a round which cannot tell keeps no other figure back: its fault is counted, and logged once for as long as it
lasts, as are those of its running.
"""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence

from services.audit.rounds import Round, Telling

log = logging.getLogger(__name__)


class RoundFigures:
    """Of these rounds. `faults` counts by a round's name."""

    def __init__(self, rounds: Sequence[Round], faults: Counter[str]) -> None:
        self._rounds, self._faults = rounds, faults
        self._said: dict[str, str] = {}

    def told(self) -> Mapping[str, float]:
        """The figures of every round that can tell them."""
        told: dict[str, float] = {}
        for each in self._rounds:
            told.update(self._told_by(each))
        return told

    def _told_by(self, each: Round) -> Mapping[str, float]:
        try:
            told = each.figures() if isinstance(each, Telling) else {}
        except Exception as error:
            self._faults[each.name] += 1
            if self._said.get(each.name) != str(error):
                log.exception("a round of the auditor cannot tell its figures", extra={"round": each.name})
            self._said[each.name] = str(error)
            return {}
        self._said.pop(each.name, None)
        return told
