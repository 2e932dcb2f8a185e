"""What was not done says so: status 0 where there was nothing to do, 1 where it was not said with force."""

from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

from services.cli.faults import CannotStart
from services.cli.proofs import forgetting, vouch
from services.region_node.operator.questions import Verb
from services.region_node.settings.settings import Address, NodeSettings, PeerSettings

NOW = 1_700_000_000_000
Answers = dict[Verb, object]
ALONE = [("node-1", "-", "alone")]
SEVERAL = [
    ("node-1", "127.0.0.1:1", "admitted"),
    ("node-2", "127.0.0.1:2", "admitted"),
    ("node-3", "127.0.0.1:3", "removed"),
    ("node-4", "127.0.0.1:4", "away"),
]
NOTHING_SEEN: Answers = {Verb.SEEN_OF: None, Verb.NODE_LIST: ALONE}
SEEN: Answers = {Verb.SEEN_OF: (7, NOW, 0), Verb.NODE_LIST: ALONE}
FORGOTTEN: Answers = {Verb.SEEN_OF: (7, NOW, 0), Verb.FORGET_WITNESSED: None, Verb.NODE_LIST: ALONE}


class Region:
    """Stands for the node that is asked."""

    def __init__(self, answers: Answers) -> None:
        self.answers, self.asked = answers, list[Verb]()

    def node(self, region: str) -> NodeSettings:
        address = Address("127.0.0.1", 0)
        return NodeSettings(region, address, address, peers=(PeerSettings("us-east-1", address),))

    async def ask(self, _settings: object, verb: Verb, **_arguments: object) -> Any:
        self.asked.append(verb)
        return self.answers[verb]


@pytest.mark.parametrize(
    ("command", "answers", "force", "status", "said", "asked"),
    [
        (vouch, {}, False, 1, "Nothing was changed", []),
        (vouch, {Verb.VOUCH: True}, True, 0, "you have vouched", [Verb.VOUCH]),
        (vouch, {Verb.VOUCH: False}, True, 0, "needs no voucher", [Verb.VOUCH]),
        (forgetting, SEEN, False, 1, "Nothing was changed", list(SEEN)),
        (forgetting, NOTHING_SEEN, False, 0, "nothing to forget", list(NOTHING_SEEN)),
        (forgetting, NOTHING_SEEN, True, 0, "nothing to forget", list(NOTHING_SEEN)),
        (
            forgetting,
            FORGOTTEN,
            True,
            0,
            "has forgotten us-east-1",
            [Verb.SEEN_OF, Verb.NODE_LIST, Verb.FORGET_WITNESSED],
        ),
    ],
)
def test_what_is_not_done_says_why(
    command: Any,
    answers: Answers,
    force: bool,
    status: int,
    said: str,
    asked: list[Verb],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    region = Region(answers)
    monkeypatch.setattr(command, "OperatedRegions", lambda _directory: region)
    monkeypatch.setattr(command, "ask", region.ask)
    arguments = Namespace(directory=Path(), region="eu-west-1", seen="us-east-1", force=force)
    assert (command.main(arguments), region.asked) == (status, asked)
    assert said in capsys.readouterr().out


@pytest.mark.parametrize("nodes", [ALONE, SEVERAL])
def test_a_region_that_is_no_peer_and_was_never_seen_is_a_slip_of_the_hand(
    nodes: list[tuple[str, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    region = Region({**NOTHING_SEEN, Verb.NODE_LIST: nodes})
    monkeypatch.setattr(forgetting, "OperatedRegions", lambda _directory: region)
    monkeypatch.setattr(forgetting, "ask", region.ask)
    arguments = Namespace(directory=Path(), region="eu-west-1", seen="us-east-2", force=True)
    with pytest.raises(CannotStart, match="none of its peers: us-east-1"):
        forgetting.main(arguments)
    assert Verb.FORGET_WITNESSED not in region.asked


@pytest.mark.parametrize("answers", [NOTHING_SEEN, FORGOTTEN])
@pytest.mark.parametrize(("nodes", "others"), [(ALONE, ""), (SEVERAL, "node-2, node-4")])
def test_forgetting_is_said_once_for_all_nodes_and_names_the_others(
    answers: Answers,
    nodes: list[tuple[str, str, str]],
    others: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    region = Region({**FORGOTTEN, **answers, Verb.NODE_LIST: nodes})
    monkeypatch.setattr(forgetting, "OperatedRegions", lambda _directory: region)
    monkeypatch.setattr(forgetting, "ask", region.ask)
    arguments = Namespace(directory=Path(), region="eu-west-1", seen="us-east-1", force=True)
    assert forgetting.main(arguments) == 0
    assert (Verb.FORGET_WITNESSED in region.asked) is bool(others or answers == FORGOTTEN)
    said = capsys.readouterr().out
    assert ("Other nodes do so" in said) is bool(others)
    assert said.rstrip().endswith(f"when they run: {others}") is bool(others)
