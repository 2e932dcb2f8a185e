"""What a page of the documentation tells people to type, and what it promises that they see.

Owns the form of the pages. A fenced block `console` holds commands: a line `us-east-1$ keytide status` is typed on
that machine, `each$ …` on each of the regions' machines, `$ …` on the desk. A line that ends with a backslash goes on
in the next one. The other lines are what the command shows, in this order, among whatever else; `…` stands for
anything. A block `console refused` holds commands that end with 1. Any other block with a path behind its language is a
file of that content: `json us-east-1:/etc/keytide/node.json`, or without a machine one of each region's machine.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

DESK: Final = "desk"
EACH: Final = "each"
ANYTHING: Final = "…"
CONSOLE: Final = "console"
REFUSED: Final = "refused"
_FENCE: Final = re.compile(r"^```(?P<language>[a-z]*) ?(?P<rest>.*)$")
_PROMPT: Final = re.compile(r"^(?P<machine>[a-z][a-z0-9-]*)?\$ (?P<command>.*)$")


class Command(NamedTuple):
    """One command of a page. `line`: where it stands, from 1; `status`: how it ends."""

    line: int
    machine: str
    text: str
    shown: tuple[str, ...]
    status: int


class File(NamedTuple):
    """A file that the reader writes."""

    line: int
    machine: str
    path: str
    content: str


Step: TypeAlias = Command | File


class Fence(NamedTuple):
    """A fenced block. `line`: of its first line of content."""

    line: int
    language: str
    rest: str
    content: tuple[str, ...]


def steps_of(page: Path) -> list[Step]:
    """All that a page has its reader do, in its order."""
    return [step for fence in fences(page.read_text()) for step in _steps(fence)]


def fences(text: str) -> Iterator[Fence]:
    """The fenced blocks of a Markdown text."""
    lines = iter(enumerate(text.splitlines(), 1))
    for number, line in lines:
        if (opened := _FENCE.match(line)) is not None:
            content = []
            for _, inner in lines:
                if inner == "```":
                    break
                content.append(inner)
            yield Fence(number + 1, opened["language"], opened["rest"], tuple(content))


def is_shown(expected: tuple[str, ...], output: str) -> bool:
    """Whether the output has these lines in this order, whatever stands between them."""
    lines = iter(output.splitlines())
    return all(any(_pattern(wanted).search(line) for line in lines) for wanted in expected)


def _pattern(wanted: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part.strip()) for part in wanted.split(ANYTHING)))


def _steps(fence: Fence) -> Iterator[Step]:
    if fence.language == CONSOLE:
        yield from _commands(fence)
    elif fence.rest:
        machine, _, path = fence.rest.rpartition(":")
        yield File(fence.line, machine or EACH, path, "\n".join([*fence.content, ""]))


def _commands(fence: Fence) -> Iterator[Command]:
    found: list[tuple[int, str, list[str], list[str]]] = []
    for number, line in enumerate(fence.content, fence.line):
        if (typed := _PROMPT.match(line)) is not None:
            found.append((number, typed["machine"] or DESK, [typed["command"]], []))
        elif found and found[-1][2][-1].endswith("\\") and not found[-1][3]:
            found[-1][2].append(line)
        elif found:
            found[-1][3].append(line)
        else:
            raise ValueError(f"line {number}: what is shown stands behind no command: {line!r}")
    for number, machine, text, shown in found:
        wanted = tuple(line for line in shown if line.strip() not in ("", ANYTHING))
        yield Command(number, machine, "\n".join(text), wanted, int(fence.rest == REFUSED))
