"""`keytide verify` on the directory that `keytide up` makes: what it says, and its exit status."""

import asyncio
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from replication.fold.materializer import Identity, Materializer
from replication.log.embedded_log import EmbeddedLogs
from replication.records.record import RecordKey
from replication.sharing.publication import local_log, shared_log
from replication.state.lmdb_store import LmdbStore
from replication.state.state_store import STREAMS, row_key
from services.cli.main import main
from services.cli.regions_directory import prepare
from services.cli.up.topology import Topology
from services.region_node.keys.key_files import open_keys
from services.region_node.settings.settings import NodeSettings
from tests.replication.written_log import HOME, PEER, WrittenLog, created, described, stream

REGIONS = (HOME, PEER)
PARTITION = 3


def write(settings: NodeSettings) -> None:
    """A region's log and state with three records in one partition."""
    key = open_keys(settings).record_key
    log = WrittenLog(settings.region, PARTITION, key)
    log.open()
    log.write(created(1))
    log.write(described(1, "text"))
    asyncio.run(append(settings, log.records, key))


async def append(settings: NodeSettings, records: list[bytes], key: RecordKey) -> None:
    name = local_log(settings.region)
    partitions = {name: settings.partitions, shared_log(settings.region): settings.partitions}
    logs, store = (
        EmbeddedLogs.open(settings.log_directory, partitions),
        LmdbStore(settings.state_directory, writer=True),
    )
    await logs[name].append(PARTITION, records)
    identity = Identity(settings.region, settings.partitions, key)
    Materializer(store, identity, lambda _: None).apply(PARTITION, await logs[name].read(PARTITION, 0, 10))
    await logs.close()
    store.close()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("keytide")
    for settings in prepare(Topology(REGIONS, directory, 8100, 1, kafka=False), 1_700_000_000_000).nodes:
        write(settings)
    return directory


@pytest.fixture
def directory(written: Path, tmp_path: Path) -> Path:
    """A copy to plant faults in."""
    return Path(shutil.copytree(written, tmp_path / "keytide"))


def plant(directory: Path) -> None:
    store = LmdbStore(directory / PEER / "state", writer=True)
    with store.write() as transaction:
        transaction.delete(STREAMS, row_key(PARTITION, stream(1)))
    store.close()


def test_regions_that_agree(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--directory", str(directory)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{region}: 3 records, 16 partitions: log and state agree" for region in REGIONS
    ]


def test_cards_are_those_that_the_state_has_pinned(directory: Path) -> None:
    """What the operator places in the files later is for the next pinning, and no matter of what was adopted."""
    (directory / HOME / "peers" / f"{PEER}.card").write_bytes(b"another card")
    (directory / PEER / "peers" / f"{HOME}.card").unlink()
    assert main(["verify", "--directory", str(directory)]) == 0


def test_one_region_alone(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plant(directory)
    assert main(["verify", "--directory", str(directory), "--region", HOME]) == 0
    assert capsys.readouterr().out == f"{HOME}: 3 records, 16 partitions: log and state agree\n"


def test_a_planted_fault_is_named_and_fails(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plant(directory)
    assert main(["verify", "--directory", str(directory)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == f"{PEER}: 3 records, 16 partitions: 1 finding"
    assert lines[2] == f"  {local_log(PEER)} {PARTITION}: state differs: stream {stream(1)} is missing in the state"


def test_findings_as_one_json_document(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plant(directory)
    assert main(["verify", "--directory", str(directory), "--json"]) == 1
    home, peer = orjson.loads(capsys.readouterr().out)
    digests = home.pop("digests")
    assert home == {"region": HOME, "partitions": 16, "records": 3, "behind": 0, "findings": [], "state": "compared"}
    assert (len(digests), len({*digests})) == (16, 2), "all partitions but one are empty"
    assert [(finding["partition"], finding["kind"]) for finding in peer["findings"]] == [(PARTITION, "state differs")]


def test_nothing_is_written_by_a_check(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.read_bytes() for path in directory.rglob("*.mdb") if path.name == "data.mdb"}
    assert main(["verify", "--directory", str(directory)]) == 0
    assert {path: path.read_bytes() for path in before} == before


def test_a_directory_of_one_region_is_checked_alone(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plant(directory)
    assert main(["verify", "--directory", str(directory / HOME)]) == 0
    assert PEER not in capsys.readouterr().out
    assert main(["verify", "--directory", str(directory / PEER)]) == 1
    assert main(["verify", "--directory", str(directory / HOME), "--region", PEER]) == 1
    assert f"there is {HOME}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--region", "sa-east-1"], "--region: sa-east-1 is not in"),
        (["--directory", "/nowhere"], "/nowhere holds no regions"),
    ],
)
def test_what_cannot_be_checked_is_said_in_one_line(
    directory: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", "--directory", str(directory), *arguments]) == 1
    assert said in capsys.readouterr().err


def test_a_missing_log_cannot_be_checked(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(directory / HOME / "log")
    assert main(["verify", "--directory", str(directory)]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"keytide: {HOME} cannot be checked: ")
    assert len(error.splitlines()) == 1


def lose(state: Path) -> None:
    shutil.rmtree(state)


def empty(state: Path) -> None:
    (state / "data.mdb").write_bytes(b"")


def cut(state: Path) -> None:
    os.truncate(state / "data.mdb", (state / "data.mdb").stat().st_size // 2)


@pytest.mark.parametrize("spoil", [lose, empty])
def test_without_a_state_the_logs_are_checked_alone(
    directory: Path, spoil: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(directory / HOME / "state")
    assert main(["verify", "--directory", str(directory), "--region", HOME]) == 0
    assert capsys.readouterr().out == (
        f"{HOME}: 3 records, 16 partitions: the log is whole"
        " (there is no state, which is no fault: the next start builds it)\n"
    )


def test_a_damaged_state_is_a_finding_and_the_logs_are_checked(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cut(directory / HOME / "state")
    assert main(["verify", "--directory", str(directory), "--region", HOME]) == 1
    first, finding = capsys.readouterr().out.splitlines()
    assert first == f"{HOME}: 3 records, 16 partitions: 1 finding (the logs alone were checked)"
    assert finding.startswith(f"  {local_log(HOME)} 0: state differs: the state cannot be read: ")
