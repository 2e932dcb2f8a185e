"""What happens to a key that is browned out before it is deleted. It is the region's own: it tells peers nothing.

Owns the classes and their permanent tags; they stand in the key's stream.
"""

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

PERCENT_MOST = 100
MINUTES_MOST = 7 * 24 * 60


class ScreamTestStarted(NamedTuple):
    """From now on, for `minutes`, a share of the uses of the key fails: `from_percent` of them now, more and more.

    `test`: its name, 16 hexadecimal digits. `started_by`: who of the operators, as the command has said it.
    """

    account: str
    key_id: str
    test: str
    from_percent: int
    to_percent: int
    minutes: int
    started_by: str = ""


class ScreamTestStopped(NamedTuple):
    """Before its time was over."""

    account: str
    key_id: str
    test: str
    stopped_by: str = ""


ScreamTestEvent: TypeAlias = ScreamTestStarted | ScreamTestStopped

SCREAM_TEST_EVENTS: Mapping[int, type[ScreamTestEvent]] = {225: ScreamTestStarted, 226: ScreamTestStopped}
