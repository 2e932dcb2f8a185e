"""Whoever takes an account's home over is told what other regions have of the lost one, and who cannot be asked."""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from replication.state.lmdb_store import LmdbStore
from replication.state.rows import encode_row
from replication.state.state_store import STREAMS, row_key
from services.cli.main import main
from services.cli.regions_directory import prepare
from services.cli.up.topology import Topology
from services.region_node.operator.questions import NotReached, Refused, Verb
from services.region_node.settings.settings import NodeSettings, read_node_settings
from shared.identifiers import account_stream, partition_of
from shared.identity.model import Account

REGIONS = ("us-east-1", "eu-west-1", "ap-southeast-2")
LOST, HERE, THIRD = REGIONS
ACCOUNT = "111122223333"
UNHEARD = f"{THIRD} is not heard: what it has adopted of {LOST} is not known"


class StandBy:
    """Answers as the region's node does. `lacking`: what it does not get, however long it waits."""

    def __init__(self, *lacking: str) -> None:
        self.lacking, self.runs, self.taken = lacking, True, False
        self.waited: list[int] = []

    async def ask(self, settings: NodeSettings, verb: Verb, **arguments: Any) -> Any:
        assert (settings.region, arguments["account"]) == (HERE, ACCOUNT)
        if not self.runs:
            raise NotReached("it does not run")
        if verb is Verb.TAKE_HOME:
            self.taken = True
            return None
        return self._fetched(arguments)

    def _fetched(self, arguments: Mapping[str, Any]) -> tuple[str, ...]:
        assert arguments["former"] == LOST
        self.waited.append(arguments["wait_seconds"])
        if self.lacking and not arguments["without"]:
            raise Refused("; ".join(self.lacking), "Say --without-the-tail.")
        return self.lacking


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    prepare(Topology(REGIONS, tmp_path, 8100, 1, kafka=False), 1_700_000_000_000)
    settings = read_node_settings(tmp_path / HERE, HERE)
    with closing(LmdbStore(settings.state_directory, writer=True)) as store, store.write() as transaction:
        place = row_key(partition_of(ACCOUNT, settings.partitions), account_stream(ACCOUNT))
        transaction.put(STREAMS, place, encode_row(1, Account(ACCOUNT, LOST, "Team", 1, 0, HERE), False))
    return tmp_path


def take_home(directory: Path, stand_by: StandBy, monkeypatch: pytest.MonkeyPatch, *more: str) -> int:
    monkeypatch.setattr("services.cli.accounts.taking_home.ask", stand_by.ask)
    return main(["account", "take-home", ACCOUNT, "--region", HERE, "--directory", str(directory), *more])


@pytest.mark.parametrize(
    ("lacking", "more", "taken", "told"),
    [
        ((), (), False, "Nothing was changed"),
        ((), ("--force",), True, f"{HERE} is the home"),
        ((UNHEARD,), (), False, f"{UNHEARD}.\nThat is waited for, 10 seconds at most"),
        ((UNHEARD,), ("--wait", "3"), False, f"{UNHEARD}.\nThat is waited for, 3 seconds at most"),
        ((UNHEARD,), ("--force",), False, f"{UNHEARD}.\nThat is waited for, 10 seconds at most"),
        ((UNHEARD,), ("--force", "--without-the-tail"), True, f"{UNHEARD}.\nIt is taken over without that"),
    ],
)
def test_a_home_is_taken_over_without_what_is_not_known_only_where_that_is_said(
    lacking: tuple[str, ...],
    more: tuple[str, ...],
    taken: bool,
    told: str,
    directory: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stand_by = StandBy(*lacking)
    assert take_home(directory, stand_by, monkeypatch, *more) == (not taken)
    said = capsys.readouterr()
    assert stand_by.taken == taken
    assert told in said.out
    assert ("keytide: " + UNHEARD in said.err) == (not taken and "--force" in more)


def test_what_it_costs_is_told_where_the_stand_by_does_not_run(
    directory: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_by = StandBy()
    stand_by.runs = False
    assert take_home(directory, stand_by, monkeypatch) == 1
    assert f"{HERE} takes account {ACCOUNT} over from {LOST}" in capsys.readouterr().out


def test_the_tail_is_waited_for_as_long_as_is_said(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_by = StandBy()
    assert take_home(directory, stand_by, monkeypatch, "--force", "--wait", "3") == 0
    assert stand_by.waited == [0, 3]
