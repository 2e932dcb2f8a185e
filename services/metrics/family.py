"""What a metric family is, and what one figure of it.

Owns `Family`, a row of the table in `families.py`, and `Sample`, which names its family by the row's name.
Source: Prometheus, "Metric and label naming" (https://prometheus.io/docs/practices/naming/).
"""

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

PREFIX = "keytide_"
UNITS = ("seconds", "bytes")
"""The base units that occur. A family of one of them ends in it."""


class Kind(Enum):
    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


COUNTER, GAUGE, HISTOGRAM = Kind.COUNTER, Kind.GAUGE, Kind.HISTOGRAM


class Family(NamedTuple):
    """`name`: without prefix, and without the `_total` of a counter. `labels`: besides `region`, which all
    have that a node tells.

    A worker's number, the label `worker`, is put first by who reads what all have written.
    `bounds`: of a histogram, in its unit; the last bucket, without a bound, is not named.
    """

    name: str
    kind: Kind
    labels: tuple[str, ...]
    help: str
    bounds: tuple[float, ...] = ()

    @property
    def exposed(self) -> str:
        """The name by which Prometheus is asked."""
        return f"{PREFIX}{self.name}_total" if self.kind is Kind.COUNTER else f"{PREFIX}{self.name}"

    @property
    def unit(self) -> str:
        """In which it is measured; "" for what is counted, and for what is or is not."""
        last = self.name.rpartition("_")[2]
        return last if last in UNITS else ""


class Sample(NamedTuple):
    """A figure of the family `family`, with the values of its labels in their order.

    `value` of a histogram: how many lie in each bucket, one more than there are bounds, and at the end their sum.
    """

    family: str
    labels: tuple[str, ...]
    value: float | Sequence[float]
