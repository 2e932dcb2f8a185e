"""The vectors of the package `cryptography-vectors`, and the form that NIST writes its own in."""

import re
from collections.abc import Iterator
from typing import Final, TypeAlias

from cryptography_vectors import open_vector_file

Block: TypeAlias = dict[str, str]

SECTION: Final = "section"


def text(name: str) -> str:
    """The file `name` of the package, with Unix line ends."""
    with open_vector_file(name, "rb") as file:
        return bytes(file.read()).decode("latin-1").replace("\r\n", "\n")


def cases(name: str, last: str) -> Iterator[Block]:
    """The groups of `name = value` lines that give `last`, each with what stands before it in its section.

    `section` is the section's heading.
    """
    context: Block = {}
    for lines in re.split(r"\n\s*\n|\n(?=count = )", text(name)):
        headings = re.findall(r"^\[(.*)\]$", lines, re.MULTILINE)
        if headings:
            context = {SECTION: headings[-1]}
        pairs = dict(re.findall(r"^(\w+) ?= ?(.*?) *$", lines, re.MULTILINE))
        context = {**context, **pairs}
        if last in pairs:
            yield context
