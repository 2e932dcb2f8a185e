"""`keytide cards`: every region's fingerprint, and what its peers believe of it."""

from pathlib import Path

import pytest

from services.cli.main import main
from services.cli.regions_directory import prepare
from services.cli.up.topology import Topology
from services.region_node.keys.key_files import open_keys
from shared.crypto.region_card import fingerprint
from tests.replication.written_log import HOME, PEER

REGIONS = (HOME, PEER)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("keytide")
    prepare(Topology(REGIONS, directory, 8100, 1, kafka=False), 1_700_000_000_000)
    return directory


def told(directory: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert main(["cards", "--directory", str(directory), *arguments]) == 0
    return capsys.readouterr().out.splitlines()


def test_every_region_shows_its_own_card_and_those_that_it_believes(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home, peer = (
        fingerprint(open_keys(settings).identity.public_bytes)
        for settings in prepare(Topology(REGIONS, made, 8100, 1, kafka=False), 1_700_000_000_000).nodes
    )
    assert told(made, capsys) == [
        f"{HOME}: {home}",
        f"  believes {PEER}: {peer}",
        f"{PEER}: {peer}",
        f"  believes {HOME}: {home}",
    ]
    assert told(made, capsys, "--region", PEER)[0] == f"{PEER}: {peer}"
    assert told(made, capsys, "--file", str(made / HOME / "card")) == [f"{HOME}: {home}"]


def test_a_file_that_holds_no_card_shows_nothing(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cards", "--file", str(made / HOME / "node.json")]) == 1
    assert "not a region card" in capsys.readouterr().err
