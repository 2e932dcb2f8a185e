"""Which regions an operator's command may ask, and whose word counts about an account."""

from contextlib import closing
from pathlib import Path

import pytest

from replication.state.lmdb_store import LmdbStore
from replication.state.rows import encode_row
from replication.state.state_store import STREAMS, row_key
from services.cli.faults import CannotStart
from services.cli.main import main
from services.cli.operated_regions import OperatedRegions
from services.cli.regions_directory import prepare
from services.cli.up.topology import Topology, next_region
from services.region_node.settings.settings import SETTINGS_FILE
from shared.identifiers import account_stream, partition_of
from shared.identity.model import Account

REGIONS = ("us-east-1", "eu-west-1", "ap-southeast-2")
HOME, PEER, THIRD = REGIONS
ACCOUNT = "111122223333"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    prepare(Topology(REGIONS, tmp_path, 8100, 1, kafka=False), 1_700_000_000_000)
    return tmp_path


def knows(directory: Path, region: str, account: Account) -> None:
    """Give the region a state that says so."""
    settings = OperatedRegions(directory).nodes[region]
    with closing(LmdbStore(settings.state_directory, writer=True)) as store, store.write() as transaction:
        stream = account_stream(account.account)
        place = row_key(partition_of(account.account, settings.partitions), stream)
        transaction.put(STREAMS, place, encode_row(1, account, False))


def test_the_greater_epoch_counts_and_in_it_the_home_itself(directory: Path) -> None:
    stale = Account(ACCOUNT, HOME, "Team", 1, 0, PEER)
    knows(directory, HOME, stale)
    knows(directory, THIRD, stale._replace(stand_by_region=None))
    assert OperatedRegions(directory).known(ACCOUNT).account == stale
    knows(directory, PEER, Account(ACCOUNT, PEER, "Team", 1, 1))
    found = OperatedRegions(directory)
    assert (found.known(ACCOUNT).region, found.home(ACCOUNT).region) == (PEER, PEER)


def test_a_region_whose_files_are_gone_hides_nothing(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    knows(directory, PEER, Account(ACCOUNT, HOME, "Team", 1, 0, PEER))
    (directory / HOME / SETTINGS_FILE).unlink()
    assert main(["account", "list", "--directory", str(directory)]) == 0
    told = capsys.readouterr()
    assert f"{ACCOUNT}  Team  {HOME}" in told.out
    assert f"{HOME} cannot be read" in told.err
    assert main(["account", "move-home", ACCOUNT, "--directory", str(directory)]) == 1
    assert f"keytide account take-home {ACCOUNT} --region {PEER}" in capsys.readouterr().err


def test_a_home_that_has_moved_is_not_moved_back_by_who_says_where_to(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    knows(directory, HOME, Account(ACCOUNT, HOME, "Team", 1, 1, PEER))
    move = ["account", "move-home", ACCOUNT, "--directory", str(directory), "--to"]
    assert main([*move, HOME]) == 0
    assert f"{HOME} is the home of account {ACCOUNT} already" in capsys.readouterr().out
    assert main([*move, THIRD]) == 1
    assert f"keytide account stand-by {ACCOUNT} {THIRD}" in capsys.readouterr().err
    assert main([*move, PEER]) == 1
    assert f"region {HOME} does not run" in capsys.readouterr().err


def test_one_regions_own_directory_will_do(directory: Path) -> None:
    knows(directory, PEER, Account(ACCOUNT, HOME, "Team", 1))
    found = OperatedRegions(directory / PEER)
    assert found.known(ACCOUNT).account.name == "Team"
    assert found.endpoint(PEER) == "http://127.0.0.1:8102"
    with pytest.raises(CannotStart, match=f"region {HOME} is not in"):
        found.home(ACCOUNT)


def test_the_front_door_is_where_clients_reach_them_all(directory: Path) -> None:
    assert OperatedRegions(directory).endpoint(THIRD) == "http://127.0.0.1:8100"


def test_what_nobody_knows_and_a_directory_of_nothing_are_named(directory: Path) -> None:
    with pytest.raises(CannotStart, match=f"knows account {ACCOUNT}; see: keytide account list"):
        OperatedRegions(directory).known(ACCOUNT)
    with pytest.raises(CannotStart, match="holds no regions"):
        OperatedRegions(directory / "elsewhere")


def test_a_region_that_does_not_run_is_said_and_the_stand_by_offered(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    knows(directory, PEER, Account(ACCOUNT, HOME, "Team", 1, 0, PEER))
    assert main(["account", "root-key", ACCOUNT, "--directory", str(directory)]) == 1
    told = capsys.readouterr().err
    assert f"keytide: region {HOME} does not run: start it" in told
    assert f"keytide account take-home {ACCOUNT} --region {PEER}" in told


@pytest.mark.parametrize(
    ("region", "stand_by"), [(HOME, PEER), (PEER, THIRD), (THIRD, HOME)], ids=["first", "second", "last"]
)
def test_the_next_region_stands_by(region: str, stand_by: str) -> None:
    assert next_region(REGIONS, region) == stand_by


def test_a_region_alone_has_no_stand_by() -> None:
    assert next_region((HOME,), HOME) is None
