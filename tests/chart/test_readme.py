"""What the chart's README and notes have people type: commands that the program takes, and files that are there."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from services.cli.main import _parser
from tests.chart.tools import CHART
from tests.running import ROOT

TEXTS: Final = (CHART / "README.md", CHART / "templates" / "NOTES.txt")


def commands(text: str) -> Iterator[str]:
    """Of `keytide`, as far as the shell hands them to it."""
    for line in text.splitlines():
        found = re.search(r"(?:\$ |-- |\$pod }} |^  )keytide (?P<words>[a-z][^|>]*)", line)
        if found:
            yield found["words"].replace("…", "file").replace("{{ first . }}", "region").strip()


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.name)
def test_the_program_takes_the_commands(text: Path) -> None:
    found = list(commands(text.read_text()))
    assert len(found) > 2
    for words in found:
        _parser().parse_args(shlex.split(words))


def test_the_files_are_there() -> None:
    text = TEXTS[0].read_text()
    links = re.findall(r"\]\(([^)#]+)", text)
    named = re.findall(r"--values (\S+)", text)
    assert links
    assert named
    assert not [link for link in links if not (CHART / link).exists()]
    assert not [file for file in named if not (ROOT / file).exists()]
