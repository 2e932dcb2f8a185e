"""Lines for a terminal that hold what clients have chosen: encryption contexts, names, user agents, policies.

Owns making them harmless: what a terminal would obey, or would show as a line of our own, is written as an escape.
"""

from collections.abc import Iterable


def harmless(line: str) -> str:
    """The line, each of its characters that cannot be printed (control, format, separator) as Python escapes it."""
    return line if line.isprintable() else "".join(map(_harmless, line))


def print_lines(lines: Iterable[str]) -> None:
    print("\n".join(map(harmless, lines)))


def _harmless(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode()
