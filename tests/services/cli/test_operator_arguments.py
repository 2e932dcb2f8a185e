"""The command lines of `keytide account`, `scp`, `service` and `promote`: what is taken, refused and told."""

import importlib
from argparse import ArgumentParser

import pytest

from services.cli.accounts import arguments as account_arguments
from services.cli.accounts import scp_arguments, service_arguments
from services.cli.actions import Action
from services.cli.keys import erasure_arguments, root_arguments
from services.cli.main import _parser, main

ACCOUNT = "111122223333"
KEY = "mrk-" + "1" * 32
TABLES = {
    "account": account_arguments.ACTIONS,
    "scp": scp_arguments.ACTIONS,
    "service": service_arguments.ACTIONS,
    "erasure": erasure_arguments.ACTIONS,
    "root": root_arguments.ACTIONS,
}
ACTIONS = [(command, name, row) for command, table in TABLES.items() for name, row in table.items()]


@pytest.mark.parametrize(("command", "name", "action"), ACTIONS, ids=[f"{row[0]} {row[1]}" for row in ACTIONS])
def test_every_action_runs_something_and_says_what(
    command: str, name: str, action: Action, capsys: pytest.CaptureFixture[str]
) -> None:
    module, _, function = action.entry.partition(":")
    assert callable(getattr(importlib.import_module(module), function))
    with pytest.raises(SystemExit) as ended:
        main([command, name, "--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert ended.value.code == 0
    assert action.help[1:] in told
    assert action.more in told
    assert "--directory" in told


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (("account", "list", "--json"), {"json": True}),
        (("account", "create", "Team B"), {"name": "Team B", "region": None, "stand_by": None}),
        (("account", "create", "B", "--stand-by", "none"), {"stand_by": "none"}),
        (("account", "stand-by", ACCOUNT, "none"), {"account": ACCOUNT, "region": "none"}),
        (("account", "synchronous", ACCOUNT, "--regions", "2"), {"account": ACCOUNT, "regions": 2}),
        (("account", "take-home", ACCOUNT, "--region", "eu-west-1"), {"force": False, "region": "eu-west-1"}),
        (("scp", "put", ACCOUNT, "unit-1", "name", "-"), {"level": "unit-1", "name": "name"}),
        (("scp", "remove", ACCOUNT, "root", "name", "--force"), {"force": True}),
        (("service", "create-key", "backup.example.com", ACCOUNT), {"service": "backup.example.com"}),
        (("service", "list"), {"account": None}),
        (("erasure", "status"), {"key": None, "account": None, "all": False, "region": None, "json": False}),
        (("erasure", "status", "mrk-1", "--json"), {"key": erasure_arguments.Named(None, "mrk-1"), "json": True}),
        (("erasure", "status", "--account", ACCOUNT), {"account": ACCOUNT}),
        (("erasure", "advance", "--region", "eu-west-1"), {"region": "eu-west-1"}),
        (("root", "rotate"), {"region": None}),
    ],
)
def test_what_is_said_is_read(line: tuple[str, ...], wanted: dict[str, object]) -> None:
    parser: ArgumentParser = _parser()
    found = vars(parser.parse_args(line))
    assert {name: found[name] for name in wanted} == wanted
    assert found["entry"] == TABLES[line[0]][line[1]].entry


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (("account",), "required: COMMAND"),
        (("account", "create"), "required: NAME"),
        (("account", "administrator", "keytide"), "an account's id is 12 digits, not 'keytide'"),
        (("account", "stand-by", ACCOUNT, "mars"), "'mars' is no region name"),
        (("account", "create", "B", "--region", "none"), "'none' is no region name"),
        (("account", "take-home", ACCOUNT), "required: --region"),
        (("scp", "put", ACCOUNT, "top", "name", "file"), "invalid choice: 'top'"),
        (("service", "create-key", "backup", ACCOUNT), "'backup' is no service"),
        (("service", "create-key", "", ACCOUNT), "'' is no service"),
    ],
)
def test_what_is_wrong_is_named(line: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(line)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ((KEY,), {"key": KEY, "account": None, "all": False, "former": None, "wait": 10, "force": False}),
        ((f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{KEY}", "--wait", "45"), {"wait": 45}),
        (("--account", ACCOUNT, "--without-the-tail"), {"key": None, "account": ACCOUNT, "without_the_tail": True}),
        (("--all", "--from", "us-east-1", "--force"), {"all": True, "former": "us-east-1", "force": True}),
    ],
)
def test_what_is_to_be_promoted_is_read(words: tuple[str, ...], wanted: dict[str, object]) -> None:
    found = vars(_parser().parse_args(("promote", *words, "--region", "eu-west-1")))
    assert {name: found[name] for name in wanted} == wanted


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "one of the arguments KEY --account --all is required"),
        (("",), "must be the id or the ARN of a key, not ''"),
        (("alias/team",), "must be the id or the ARN of a key"),
        ((f"arn:aws:kms:us-east-1:{ACCOUNT}:",), "must be the id or the ARN of a key"),
        ((KEY, "--all"), "not allowed with argument KEY"),
        (("--all", "--from", "mars"), "'mars' is no region name"),
        ((KEY, "--wait", "46"), "invalid choice: 46"),
    ],
)
def test_what_cannot_be_promoted_is_named(
    words: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["promote", "--region", "eu-west-1", *words])
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("time", ["99999999999999999", "1e300", "-1e300", "nan", "tomorrow"])
def test_a_time_beyond_the_calendar_is_refused(time: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["audit", "list", f"--since={time}"])
    assert ended.value.code == 2
    assert "--since: must be a time" in capsys.readouterr().err
