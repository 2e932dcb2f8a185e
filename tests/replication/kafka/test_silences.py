"""docs/kafka.md names a test for each thing that Kafka does without a word: those tests are there."""

import re

import pytest

from tests.running import ROOT

TITLE = "## What Kafka does without a word"
PAGE = (ROOT / "docs/kafka.md").read_text()
ROWS = [line for line in PAGE.partition(TITLE)[2].partition("\n## ")[0].splitlines() if line.startswith("| ")][1:]
DEFINED = set(
    re.findall(r"^(?:async )?def (test_\w+)", "\n".join(p.read_text() for p in ROOT.glob("tests/**/*.py")), re.M)
)


@pytest.mark.parametrize("row", ROWS, ids=[row.split("|")[1].strip() for row in ROWS])
def test_each_silence_has_its_tests(row: str) -> None:
    named = re.findall(r"`(test_\w+)`", row)
    assert named
    assert set(named) <= DEFINED


def test_the_page_has_all_of_them() -> None:
    assert len(ROWS) == 15
