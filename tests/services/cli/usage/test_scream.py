"""`keytide scream`: which regions are asked for what, and what is told of a test."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.cli.main import main
from services.cli.usage import scream
from services.region_node.operator.questions import Refused, Verb
from services.region_node.settings.settings import NodeSettings
from shared.identifiers import key_stream
from shared.keys.model import ScreamTest
from shared.keys.times import MILLISECONDS_PER_MINUTE
from tests.services.cli.counted_regions import ACCOUNT, KEY, KEY_ID, NOW, REGIONS, arn, count, know, made
from tests.services.usage.entries import entry
from tests.shared.usage.test_tally import ALICE

HOME, PEER = REGIONS
HALF_DAY = 12 * 60
TEST = ScreamTest("0123456789abcdef", NOW - HALF_DAY * MILLISECONDS_PER_MINUTE, 2 * HALF_DAY, 20, 40, "ann@desk")
"""It is half over when the tests are collected, and runs on until the last of them has ended."""
HIT = {
    "additional": {"ScreamTest": {"Test": TEST.test, "Key": arn(HOME)}},
    "error": ("KMSInvalidStateException", "scream test"),
}


class Node:
    """In the place of the nodes: `asked` is what they were asked; `refusing` regions refuse."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Verb, dict[str, Any]]] = []
        self.refusing: set[str] = set()

    async def ask(self, settings: NodeSettings, verb: Verb, **arguments: Any) -> str:
        if settings.region in self.refusing:
            raise Refused("it is under a test already", "Stop that one.")
        self.asked.append((settings.region, verb, arguments))
        return TEST.test


@pytest.fixture
def node(monkeypatch: pytest.MonkeyPatch) -> Node:
    made = Node()
    monkeypatch.setattr(scream, "ask", made.ask)
    return made


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return made(tmp_path)


def run(directory: Path, *words: str) -> int:
    return main(["scream", *words, "--directory", str(directory)])


def test_a_test_is_begun_where_it_was_asked_for_and_says_who_has(directory: Path, node: Node) -> None:
    assert run(directory, "start", KEY_ID, "--region", HOME, "--from", "5%", "--to", "50", "--minutes", "45") == 0
    ((region, verb, asked),) = node.asked
    assert (region, verb) == (HOME, Verb.START_SCREAM_TEST)
    assert asked.pop("asked_by").count("@") == 1
    assert asked == {"account": ACCOUNT, "key_id": KEY_ID, "from_percent": 5, "to_percent": 50, "minutes": 45}


def test_an_arn_says_the_region(directory: Path, node: Node) -> None:
    assert run(directory, "stop", arn(PEER)) == 0
    assert [(region, verb) for region, verb, _ in node.asked] == [(PEER, Verb.STOP_SCREAM_TEST)]


def test_all_regions_are_asked_and_one_that_refuses_keeps_no_other_from_it(
    directory: Path, node: Node, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(directory, "start", KEY_ID, "--all-regions") == 0
    assert [region for region, *_ in node.asked] == [*REGIONS]
    node.refusing = {HOME}
    assert run(directory, "start", KEY_ID, "--all-regions") == 1
    assert node.asked[-1][0] == PEER
    assert f"{HOME}: it is under a test already" in capsys.readouterr().err


def test_all_regions_in_which_a_test_runs_are_asked_to_stop_it(directory: Path, node: Node) -> None:
    know(directory, PEER, {key_stream(ACCOUNT, KEY_ID): KEY._replace(scream_test=TEST)})
    assert run(directory, "stop", KEY_ID, "--all-regions") == 0
    assert [region for region, *_ in node.asked] == [PEER]


def test_a_region_of_the_key_that_is_not_here_is_told(
    directory: Path, node: Node, capsys: pytest.CaptureFixture[str]
) -> None:
    know(directory, HOME, {key_stream(ACCOUNT, KEY_ID): KEY._replace(replica_regions=(PEER, "ap-southeast-2"))})
    assert run(directory, "stop", KEY_ID, "--all-regions") == 1
    assert "not operated here: ap-southeast-2" in capsys.readouterr().err
    assert run(directory, "stop", KEY_ID, "--region", HOME) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((KEY_ID,), "in which region"),
        ((KEY_ID.replace("1", "2"), "--region", HOME), "no such key is there"),
        ((KEY_ID, "--region", "ap-southeast-2"), "is not in"),
    ],
)
def test_where_it_is_not_clear_what_is_meant_nobody_is_asked(
    words: tuple[str, ...], said: str, directory: Path, node: Node, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(directory, "start", *words) == 1
    assert said in capsys.readouterr().err
    assert not node.asked


@pytest.mark.parametrize("words", [("--from", "0%"), ("--to", "101"), ("--minutes", "0"), ("--from", "five")])
def test_shares_that_are_none_are_refused_at_once(words: tuple[str, ...], directory: Path, node: Node) -> None:
    with pytest.raises(SystemExit):
        run(directory, "start", KEY_ID, "--region", HOME, *words)
    assert not node.asked


def test_the_status_names_whom_a_test_has_hit(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    know(directory, HOME, {key_stream(ACCOUNT, KEY_ID): KEY._replace(scream_test=TEST)})
    count(directory, HOME, *[entry("Decrypt", time=NOW, resources=(arn(HOME),), **HIT)] * 3)
    assert run(directory, "status", KEY_ID) == 0
    shown = capsys.readouterr().out
    assert f"test {TEST.test} runs until" in shown
    assert "begun" in shown
    assert "by ann@desk, 20 % to 40 %" in shown
    assert ALICE in shown
    assert "192.0.2.1" in shown
    assert run(directory, "status", "--json") == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["region"], told["running"], told["hits"][0]["calls"]) == (HOME, True, 3)
    assert 30 <= told["percent_now"] < 40


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"stopped_at": NOW, "stopped_by": "bob@desk"}, "by bob@desk"), ({"minutes": 1}, "ended")],
)
def test_a_test_that_is_over_is_told_as_such(
    changes: dict[str, Any], said: str, directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    know(directory, HOME, {key_stream(ACCOUNT, KEY_ID): KEY._replace(scream_test=TEST._replace(**changes))})
    assert run(directory, "status") == 0
    shown = capsys.readouterr().out
    assert said in shown
    assert "whom it has hit is not known" in shown


def test_where_there_is_none_that_is_said(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(directory, "status") == 0
    assert capsys.readouterr().out.strip() == "No scream tests."
