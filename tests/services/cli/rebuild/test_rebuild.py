"""`keytide rebuild begin`: what it takes, what it makes, and what it refuses."""

import shutil
from pathlib import Path

import pytest

from services.cli.main import main
from services.cli.regions_directory import prepare
from services.cli.up.topology import Topology
from services.region_node.keys.key_files import open_keys
from services.region_node.rebuild.rebuilding import MARK
from services.region_node.settings.settings import read_node_settings
from shared.crypto.region_card import decode_card, fingerprint
from shared.crypto.region_identity import RegionIdentity
from shared.rebuild.decide import NUMBERS_APART
from tests.services.region_node.running_replicator import NOW
from tests.shared.rebuild.cards import card_of

REGIONS = HOME, PEER, LOST = ("us-east-1", "eu-west-1", "ap-southeast-2")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Three regions, one of which is lost."""
    made = tmp_path / "k"
    made.mkdir()
    prepare(Topology(REGIONS, made, 8100, None, kafka=False), NOW)
    (tmp_path / "former").write_bytes((made / LOST / "card").read_bytes())
    shutil.rmtree(made / LOST)
    return made


def begin(directory: Path, *words: str) -> int:
    return main(["rebuild", "begin", "--region", LOST, "--directory", str(directory), *words])


def test_a_lost_region_gets_another_identity_and_knows_its_peers(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (directory / LOST / "logs").mkdir(parents=True)  # a supervisor has looked for it
    former = decode_card((directory.parent / "former").read_bytes())
    assert begin(directory) == 0
    told = capsys.readouterr().out
    settings = read_node_settings(directory / LOST, LOST)
    card = open_keys(settings).card
    assert card.identity != former.identity
    assert card.sealing_number == former.sealing_number + NUMBERS_APART
    assert fingerprint(card.identity) in told
    assert fingerprint(former.identity) in told
    assert f"keytide rebuild admit {LOST} --region {PEER}" in told
    assert decode_card((directory / LOST / MARK).read_bytes()) == former
    assert {peer.region for peer in settings.peers} == {HOME, PEER}
    for peer in (HOME, PEER):
        assert settings.peer_card_file(peer).read_bytes() == (directory / peer / "card").read_bytes()
    assert (directory / LOST / "logs").is_dir()
    assert begin(directory) == 1
    assert "is not empty: it is kept" in capsys.readouterr().err
    assert open_keys(settings).card == card


def test_peers_that_do_not_agree_on_who_it_was_are_told_apart(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    posing = card_of(LOST, RegionIdentity.generate(), 1)
    (directory / PEER / "peers" / f"{LOST}.card").write_bytes(posing)
    assert begin(directory) == 1
    assert "do not agree on who ap-southeast-2 was" in capsys.readouterr().err
    assert not (directory / LOST).exists()
    assert begin(directory, "--former-card", str(directory.parent / "former")) == 0


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--former-card", "{of_home}"], f"it is the card of {HOME}, not of {LOST}"),
        (["--former-card", "{junk}"], "not a region card"),
        (["--region", "us-west-2"], "us-west-2 is not in"),
        (["--settings", "{settings_of_home}"], f"is of {HOME}, not of {LOST}"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_made(
    directory: Path, words: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    junk = directory.parent / "junk"
    junk.write_bytes(b"junk")
    places = {"of_home": directory / HOME / "card", "junk": junk, "settings_of_home": directory / HOME / "node.json"}
    assert begin(directory, *(word.format(**places) for word in words)) == 1
    assert why in capsys.readouterr().err
    assert not (directory / LOST).exists()


def test_a_region_elsewhere_is_made_of_files_alone(directory: Path, tmp_path: Path) -> None:
    settings = tmp_path / "settings.json"
    settings.write_text((directory / HOME / "node.json").read_text().replace(f'"{LOST}"', '"x"').replace(HOME, LOST))
    settings.write_text(settings.read_text().replace('"x"', f'"{HOME}"'))
    place = tmp_path / "elsewhere"
    words = ["--settings", str(settings), "--former-card", str(tmp_path / "former")]
    assert begin(place, *words) == 1, "no cards of the peers"
    cards = [word for peer in (HOME, PEER) for word in ("--peer-card", str(directory / peer / "card"))]
    assert begin(place, *words, *cards) == 0
    assert (place / "root").exists()


def test_nobody_has_heard_of_a_rebuild(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rebuild", "show", "--directory", str(directory)]) == 0
    assert "No region here knows" in capsys.readouterr().out
