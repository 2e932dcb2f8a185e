"""What the auditor of a node tells of itself.

Owns its figures, and the file in which they meet those of the workers: /metrics shows them.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from services.durable_file import replace_file
from services.metrics.family import Sample

FILE = "auditor.json"


def write_figures(counts: Path, figures: Mapping[str, float]) -> None:
    """Into the directory of the workers' figures. Errors: OSError."""
    counts.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace_file(counts / FILE, orjson.dumps(figures), durable=False)


def read_figures(counts: Path) -> dict[str, float]:
    """Empty while the auditor has written none."""
    try:
        read: dict[str, Any] = orjson.loads((counts / FILE).read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return {}
    return read


def auditor_samples(figures: Mapping[str, float]) -> Iterator[Sample]:
    """The families are those of `services/metrics/audit_families.py`."""
    for name, value in figures.items():
        yield Sample(f"audit_{name}", (), value)


def sizes(files: Iterable[Path]) -> int:
    """Bytes of all files that are there."""
    return sum(path.stat().st_size for path in files if path.exists())
