"""What the auditor of a node tells of itself.

Owns the file in which its figures meet those of the workers, for /metrics, and until when they are believed: of an
auditor that is dead, only that it is. The file is a map of `time`, milliseconds since 1970, and `figures`, by name.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec
import orjson

from services.durable_file import replace_file
from services.metrics.family import Sample

FILE = "auditor.json"
BELIEVED_MILLISECONDS: Final = 15_000
"""They are written every second; a busy auditor, or one that is started again, may take some seconds, and no more."""
DOWN: Final[Mapping[str, float]] = {"auditor_up": 0}


class _Written(msgspec.Struct, frozen=True):
    time: int
    figures: dict[str, float]


_read = msgspec.json.Decoder(_Written).decode


def write_figures(counts: Path, figures: Mapping[str, float], now: int) -> None:
    """Into the directory of the workers' figures. `now`: milliseconds since 1970. Errors: OSError."""
    counts.mkdir(mode=0o700, parents=True, exist_ok=True)
    told = {name: float(value) for name, value in figures.items()}
    replace_file(counts / FILE, orjson.dumps({"time": now, "figures": told}), durable=False)


def read_figures(counts: Path, now: int) -> Mapping[str, float]:
    """With `auditor_up`, 1 or 0; nothing else of an auditor that has written nothing lately, whichever way the clock
    was set."""
    try:
        written = _read((counts / FILE).read_bytes())
    except (FileNotFoundError, msgspec.DecodeError):
        return DOWN
    return {"auditor_up": 1, **written.figures} if abs(now - written.time) <= BELIEVED_MILLISECONDS else DOWN


def last_level(counts: Path, now: int) -> int:
    """When the trail last had all of the spools, by what the auditor before this one has told; `now` where nothing is
    known. One that dies again and again is behind all the while."""
    try:
        written = _read((counts / FILE).read_bytes())
    except (FileNotFoundError, msgspec.DecodeError):
        return now
    return min(now, written.time - int(1000 * written.figures.get("lag_seconds", 0)))


def auditor_samples(figures: Mapping[str, float]) -> Iterator[Sample]:
    """The families are those of `services/metrics/audit_families.py`."""
    for name, value in figures.items():
        yield Sample(f"audit_{name}", (), value)


def sizes(files: Iterable[Path]) -> int:
    """Bytes of all files that are there."""
    return sum(path.stat().st_size for path in files if path.exists())
