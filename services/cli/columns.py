"""Lists for people and for programs: columns under their names, or one JSON document. Pure but for printing.

Owns how values are shown: a time as ISO 8601 in UTC, what there is not as `-`.
"""

from collections.abc import Mapping, Sequence

from services.cli.printing import harmless, json_line

Row = Mapping[str, object]
"""Name of a column -> its value."""


def show(rows: Sequence[Row], *, as_json: bool, nothing: str, wide: frozenset[str] = frozenset()) -> None:
    """Print the rows, or `nothing`. Columns that are `wide` stand in the JSON document alone."""
    print(json_line(list(rows)) if as_json else "\n".join(lines(rows, wide) or [nothing]))


def lines(rows: Sequence[Row], wide: frozenset[str] = frozenset()) -> list[str]:
    """A line of names and a line a row, as wide as they have to be; none for no rows."""
    if not rows:
        return []
    names = [name for name in rows[0] if name not in wide]
    cells = [[name.replace("_", " ") for name in names], *([_shown(row[name]) for name in names] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]


def _shown(value: object) -> str:
    if isinstance(value, list | tuple):
        return harmless(",".join(map(str, value))) or "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None or value == "" else harmless(str(value))
