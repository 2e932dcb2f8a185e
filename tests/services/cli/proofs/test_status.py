"""`keytide status` and the cards of `keytide receipt verify`."""

import shutil
from pathlib import Path

import pytest

from replication.records.receipt import encode_receipt
from services.cli.main import main
from services.cli.proofs.status import Told, lines
from services.cli.regions_directory import prepare
from services.cli.up.topology import Topology
from services.region_node.keys.key_files import open_keys
from services.region_node.replicator.client import ToldStatus
from services.region_node.replicator.status import EVIDENCE
from services.region_node.settings.settings import read_node_settings
from tests.replication.records.test_receipt import RECEIPT, REGIONAL, text
from tests.replication.written_log import HOME, PEER, THIRD

NOW = 1_700_000_000_000


def status(ready: bool, **peers: dict[str, float]) -> ToldStatus:
    named = {name.replace("_", "-"): lag for name, lag in peers.items()}
    return ToldStatus(ready, "" if ready else "a reason", {}, {}, {}, named)


def test_every_region_and_its_peers_are_one_table() -> None:
    lag = {"seconds_behind": 1.25, "records_behind": 1200.0, "records_behind_there": 0.0, "pulse_age_seconds": 0.04}
    told = [Told(HOME, status(True, eu_west_1=lag, sa_east_1={})), Told(PEER, None), Told(THIRD, status(False))]
    assert lines(told) == [
        "region     peer       behind by  records  behind there  last pulse",
        "us-east-1  eu-west-1  1.2 s      1,200    0             0.0 s",
        "us-east-1  sa-east-1  -          -        -             -",
        "eu-west-1  -          -          -        -             -",
        "eu-west-1 does not answer",
        "ap-southeast-2 is not ready: a reason",
    ]


def test_what_is_proven_against_a_peer_is_told() -> None:
    what = f"{PEER} was rolled back; see keytide checkpoints"
    troubles = {f"{EVIDENCE} {PEER}": what, "elsewhere": "a trouble"}
    assert lines([Told(HOME, status(True)._replace(troubles=troubles))])[1:] == [
        f"{HOME} holds evidence against {PEER}: {what}"
    ]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("keytide")
    prepare(Topology((HOME, PEER), directory, 8100, 1, kafka=False), NOW)
    return directory


def test_regions_that_do_not_run_are_said_so(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--directory", str(made)]) == 1
    assert f"{HOME} does not answer" in capsys.readouterr().out


def test_a_region_that_has_lost_its_disk_hides_no_other(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = shutil.copytree(made, tmp_path / "there")
    shutil.rmtree(there / HOME)
    assert main(["status", "--directory", str(there)]) == 1
    told = capsys.readouterr()
    assert f"{PEER} does not answer" in told.out
    assert f"{HOME} cannot be read" in told.err
    assert main(["status", "--directory", str(there), "--region", PEER]) == 1
    assert HOME not in capsys.readouterr().err


def test_a_receipt_is_checked_with_the_cards_of_a_directory_or_of_the_regions_here(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "receipt"
    file.write_text(text(RECEIPT))
    placed = tmp_path / "placed"
    placed.mkdir()
    (placed / "home.card").write_bytes((made / HOME / "card").read_bytes())
    for cards in (("--directory", str(made)), ("--cards", str(placed))):
        assert main(["receipt", "verify", str(file), *cards]) == 1
        assert "does not hold: the signature does not fit the card of us-east-1" in capsys.readouterr().err
    (made / HOME / "peers" / "junk.card").write_bytes(b"junk")
    assert main(["receipt", "verify", str(file), "--cards", str(made / HOME / "peers")]) == 1
    assert "junk.card" in capsys.readouterr().err
    (made / HOME / "peers" / "junk.card").unlink()


def test_two_cards_of_one_region_are_no_proof(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other"
    prepare(Topology((HOME, PEER), other, 8100, 1, kafka=False), NOW)
    (tmp_path / "one.card").write_bytes((made / HOME / "card").read_bytes())
    (tmp_path / "two.card").write_bytes((other / HOME / "card").read_bytes())
    (tmp_path / "receipt").write_text(text(REGIONAL))
    assert main(["receipt", "verify", str(tmp_path / "receipt"), "--cards", str(tmp_path)]) == 1
    assert f"two different cards of {HOME}" in capsys.readouterr().err


def receipt_of(directory: Path) -> str:
    """The region there has signed it; the pulses in it are of other keys than its peers'."""
    return encode_receipt(RECEIPT, open_keys(read_node_settings(directory / HOME, HOME)).identity.sign)


READ = "where files named card or *.card are read"


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ((), f"no card of {HOME} in CARDS, {READ}\n"),
        ((("us-east-1", HOME), ("notes", "")), f"no card of {HOME} in CARDS, {READ}; not read: notes, us-east-1\n"),
        ((("home.card", HOME),), f"no card of {PEER} in CARDS, {READ}\n"),
    ],
)
def test_a_card_that_is_missing_is_told_apart_from_a_signature_that_does_not_fit(
    made: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    files: tuple[tuple[str, str], ...],
    told: str,
) -> None:
    cards = tmp_path / "cards"
    cards.mkdir()
    for name, region in files:
        (cards / name).write_bytes((made / region / "card").read_bytes() if region else b"")
    file = tmp_path / "receipt"
    file.write_text(receipt_of(made))
    assert main(["receipt", "verify", str(file), "--cards", str(cards)]) == 1
    error = capsys.readouterr().err
    assert error.endswith(told.replace("CARDS", str(cards)))
    assert "does not fit" not in error
    assert "does not hold" not in error
