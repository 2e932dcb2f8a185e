"""The table of metric families as docs/metrics.md shows it.

Owns making it. `python -m tests.services.metrics.page` writes it into the page.
"""

from collections.abc import Iterator
from typing import Final

from services.metrics.families import GROUPS
from services.metrics.family import Family
from tests.running import ROOT

PAGE: Final = ROOT / "docs" / "metrics.md"
BEGIN, END = "<!-- the table: begin -->", "<!-- the table: end -->"


def table() -> str:
    return "\n".join(_lines()) + "\n"


def shown() -> str:
    """What the page has of it."""
    return PAGE.read_text().split(f"{BEGIN}\n")[1].split(END)[0]


def _lines() -> Iterator[str]:
    for group, families in GROUPS.items():
        yield from (f"**{group}**", "", "| Metric | Kind | Unit | Labels | Is |", "|-|-|-|-|-|")
        yield from map(_row, families)
        yield ""


def _row(family: Family) -> str:
    labels = " ".join(f"`{label}`" for label in family.labels)
    cells = (f"`{family.exposed}`", family.kind.value, family.unit, labels, family.help)
    return f"| {' | '.join(cells)} |"


def main() -> None:
    whole = PAGE.read_text()
    before, after = whole.split(f"{BEGIN}\n")[0], whole.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n{table()}{END}{after}")


if __name__ == "__main__":
    main()
