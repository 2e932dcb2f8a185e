"""What an operator is told to do where nobody knows whether the region has done it."""

import argparse
import re
from collections.abc import Iterator

import pytest

from replication.feed.frames import Dialogue
from services.cli.main import _parser
from services.region_node.operator.questions import REMEDIES, OutcomeUnknown, Verb, ask
from services.region_node.settings.settings import Address, NodeSettings

COMMAND = re.compile(r"keytide ([a-z]+)(?: ([a-z]+(?:-[a-z]+)*))?")


def below(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The commands below one."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def named() -> Iterator[tuple[str, str]]:
    for remedy in REMEDIES.values():
        for found in COMMAND.finditer(remedy):
            yield found[1], found[2] or ""


def test_every_question_says_what_to_do_where_its_outcome_is_unknown() -> None:
    assert set(REMEDIES) == set(Verb)
    assert not [verb for verb, remedy in REMEDIES.items() if remedy.endswith(".")]  # a sentence follows


def test_every_command_that_a_remedy_names_exists() -> None:
    commands = below(_parser())
    assert len(set(named())) > 10
    for command, action in named():
        assert command in commands
        assert not below(commands[command]) or action in below(commands[command]), f"{command} {action}"


@pytest.mark.parametrize(
    ("verb", "told"),
    [
        (Verb.PROMOTE, "Give the same command again: what is done already is told as such"),
        (Verb.DROP_OVERTAKEN, "Look with keytide overtaken list"),
        (Verb.UPDATE_STAND_BY, "Look with keytide account list"),
        (Verb.NODE_LIST, "Nothing is changed by that question"),
    ],
)
async def test_an_outcome_that_is_unknown_is_told_with_the_remedy_of_its_question(
    verb: Verb, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_answer(*_asked: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(Dialogue, "ask", no_answer)
    settings = NodeSettings("us-east-1", Address("127.0.0.1", 0), Address("127.0.0.1", 0))
    outcome = "region us-east-1 has told nothing" if verb is Verb.NODE_LIST else "has done it is unknown"
    with pytest.raises(OutcomeUnknown, match=f"{outcome}: it does not") as unknown:
        await ask(settings, verb)
    assert f". {told}" in str(unknown.value)
    assert str(unknown.value).endswith(f"Its logs are in {settings.logs_directory}")
