"""Lines for a terminal that hold what clients have chosen: encryption contexts, names, user agents, policies.

Owns making them harmless: what a terminal would obey, or would show as a line of our own, is written as an escape.
"""

from collections.abc import Iterable

import orjson


def harmless(line: str) -> str:
    """The line, each of its characters that cannot be printed (control, format, separator) as Python escapes it."""
    return line if line.isprintable() else "".join(map(_harmless, line))


def print_lines(lines: Iterable[str]) -> None:
    print("\n".join(map(harmless, lines)))


def json_line(value: object) -> str:
    """The value as JSON in one line, in which what cannot be printed stands as JSON escapes it (RFC 8259, 7)."""
    line = orjson.dumps(value).decode()
    return line if line.isprintable() else "".join(map(_escaped, line))


def _escaped(character: str) -> str:
    """Of a character beyond the first 65,536 both halves of its surrogate pair."""
    if character.isprintable():
        return character
    units = character.encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def _harmless(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode()
