"""What was not done says so: status 0 where there was nothing to do, 1 where it was not said with force."""

from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

from services.cli import forgetting, vouch
from services.region_node.operator_questions import Verb

NOW = 1_700_000_000_000
Answers = dict[Verb, object]


class Region:
    """Stands for the node that is asked."""

    region = "eu-west-1"

    def __init__(self, answers: Answers) -> None:
        self.answers, self.asked = answers, list[Verb]()

    def node(self, _region: str) -> "Region":
        return self

    async def ask(self, _settings: object, verb: Verb, **_arguments: object) -> Any:
        self.asked.append(verb)
        return self.answers[verb]


@pytest.mark.parametrize(
    ("command", "answers", "force", "status", "said", "asked"),
    [
        (vouch, {}, False, 1, "Nothing was changed", []),
        (vouch, {Verb.VOUCH: True}, True, 0, "you have vouched", [Verb.VOUCH]),
        (vouch, {Verb.VOUCH: False}, True, 0, "needs no voucher", [Verb.VOUCH]),
        (forgetting, {Verb.SEEN_OF: (7, NOW, 0)}, False, 1, "Nothing was changed", [Verb.SEEN_OF]),
        (forgetting, {Verb.SEEN_OF: None}, False, 0, "nothing to forget", [Verb.SEEN_OF]),
        (forgetting, {Verb.SEEN_OF: None}, True, 0, "nothing to forget", [Verb.SEEN_OF]),
        (
            forgetting,
            {Verb.SEEN_OF: (7, NOW, 0), Verb.FORGET_WITNESSED: None},
            True,
            0,
            "has forgotten us-east-1",
            [Verb.SEEN_OF, Verb.FORGET_WITNESSED],
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
