"""A directory becomes a node's with nobody there to run commands: what it makes, waits for, and never makes."""

import io
import shutil
from argparse import Namespace
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from services.cli.faults import CannotStart
from services.cli.main import _parser
from services.cli.node.settling import settled
from services.cli.up.progress import Progress
from services.region_node.keys.key_files import open_keys
from services.region_node.keys.root import KeysUnavailable
from services.region_node.nodes.joining import NewNode
from services.region_node.settings.settings import Address, NodeSettings, PeerSettings
from services.strict_settings import SettingsError, write_settings

REGIONS = ("us-east-1", "eu-west-1")
FIRST, SECOND = REGIONS


def told(region: str) -> NodeSettings:
    peers = tuple(PeerSettings(peer, feed=Address(peer, 8200)) for peer in REGIONS if peer != region)
    return NodeSettings(region, Address("127.0.0.1", 8100), Address("127.0.0.1", 8200), peers=peers, partitions=2)


def arguments(folder: Path, region: str, *further: str) -> Namespace:
    file = folder / f"{region}.json"
    if not file.exists():
        write_settings(told(region), file)
    (folder / "cards" / region).mkdir(parents=True, exist_ok=True)
    cards = ("--show-card", str(folder / "cards" / region), "--cards", str(folder / "cards"))
    place = ("--settings", str(file), "--directory", str(folder / "nodes" / region))
    return _parser().parse_args(("node", "run", *place, *cards, *further))


@pytest.fixture
def quiet() -> Progress:
    return Progress(output=io.StringIO())


@pytest.fixture
def regions(tmp_path: Path, quiet: Progress) -> dict[str, NodeSettings]:
    """Both regions, settled at the same time: each waits for the other's card."""
    with ThreadPoolExecutor() as threads:
        made = threads.map(lambda region: settled(arguments(tmp_path, region), quiet), REGIONS)
        return dict(zip(REGIONS, made, strict=True))


def test_regions_that_start_together_take_each_others_cards(regions: dict[str, NodeSettings]) -> None:
    for region, peer in ((FIRST, SECOND), (SECOND, FIRST)):
        assert regions[region].peer_card_file(peer).read_bytes() == regions[peer].card_file.read_bytes()
        assert open_keys(regions[region]).encoded_card == regions[region].card_file.read_bytes()


def test_a_card_that_was_taken_is_not_exchanged_for_another(
    regions: dict[str, NodeSettings], tmp_path: Path, quiet: Progress
) -> None:
    pinned = regions[FIRST].peer_card_file(SECOND).read_bytes()
    (tmp_path / "cards" / SECOND / "card").write_bytes(b"a stranger's")
    settled(arguments(tmp_path, FIRST), quiet)
    assert regions[FIRST].peer_card_file(SECOND).read_bytes() == pinned


def test_a_peer_that_was_added_is_believed_by_the_card_that_it_shows(
    regions: dict[str, NodeSettings], tmp_path: Path, quiet: Progress
) -> None:
    grown = told(FIRST)
    peers = (*grown.peers, *(PeerSettings(region, feed=Address(region, 8200)) for region in ("sa-east-1", "sa-west-1")))
    write_settings(replace(grown, peers=peers), tmp_path / f"{FIRST}.json")
    (tmp_path / "cards" / "sa-east-1").mkdir()
    (tmp_path / "cards" / "sa-east-1" / "card").write_bytes(b"the newcomer's")
    node = settled(arguments(tmp_path, FIRST), quiet)
    assert node.peer_card_file("sa-east-1").read_bytes() == b"the newcomer's"
    assert not node.peer_card_file("sa-west-1").exists(), "who shows none is not waited for"


def test_a_node_that_has_joined_believes_a_peer_that_was_added_too(tmp_path: Path, quiet: Progress) -> None:
    joined = replace(told(FIRST), node="node-3", channel=Address("node-3.example.com", 8300), joined=True)
    (tmp_path / "nodes" / FIRST).mkdir(parents=True)
    write_settings(joined, tmp_path / "nodes" / FIRST / "node.json")
    write_settings(joined, tmp_path / f"{FIRST}.json")
    (tmp_path / "cards" / SECOND).mkdir(parents=True)
    (tmp_path / "cards" / SECOND / "card").write_bytes(b"the newcomer's")
    assert settled(arguments(tmp_path, FIRST), quiet).peer_card_file(SECOND).read_bytes() == b"the newcomer's"


def test_a_card_is_shown_again_to_a_peer_that_comes_later(
    regions: dict[str, NodeSettings], tmp_path: Path, quiet: Progress
) -> None:
    (tmp_path / "cards" / FIRST / "card").unlink()
    settled(arguments(tmp_path, FIRST), quiet)
    assert (tmp_path / "cards" / FIRST / "card").read_bytes() == regions[FIRST].card_file.read_bytes()


def test_a_node_that_has_lost_its_keys_makes_no_others(
    regions: dict[str, NodeSettings], tmp_path: Path, quiet: Progress
) -> None:
    shutil.rmtree(regions[FIRST].keys_directory)
    node = settled(arguments(tmp_path, FIRST), quiet)
    with pytest.raises(KeysUnavailable):
        open_keys(node)


def test_the_file_counts_at_each_start(regions: dict[str, NodeSettings], tmp_path: Path, quiet: Progress) -> None:
    write_settings(replace(told(FIRST), workers=3), tmp_path / f"{FIRST}.json")
    node = settled(arguments(tmp_path, FIRST, "--door-socket", "/run/door.sock"), quiet)
    assert node.workers == 3
    assert node.door_socket == Path("/run/door.sock")


def test_a_file_that_cannot_be_read_changes_nothing(
    regions: dict[str, NodeSettings], tmp_path: Path, quiet: Progress
) -> None:
    before = (regions[FIRST].directory / "node.json").read_bytes()
    (tmp_path / f"{FIRST}.json").write_text('{"regoin": "us-east-1"}')
    with pytest.raises(SettingsError, match="regoin"):
        settled(arguments(tmp_path, FIRST), quiet)
    assert (regions[FIRST].directory / "node.json").read_bytes() == before


@pytest.mark.parametrize("by", ["an argument", "the settings"])
def test_a_node_that_is_to_join_needs_to_be_told_where(by: str, tmp_path: Path, quiet: Progress) -> None:
    write_settings(replace(told(FIRST), joined=by == "the settings"), tmp_path / f"{FIRST}.json")
    with pytest.raises(CannotStart, match="needs --invitations and --channel"):
        settled(arguments(tmp_path, FIRST, *(["--join"] if by == "an argument" else [])), quiet)


@pytest.mark.parametrize("by", ["arguments", "the settings"])
def test_a_node_joins_by_arguments_or_because_its_settings_say_so(
    by: str, tmp_path: Path, quiet: Progress, monkeypatch: Any
) -> None:
    channel, wanted = Address("node-3.example.com", 8300), list[NewNode]()
    further = replace(told(FIRST), node="node-3", channel=channel, joined=True)
    write_settings(further if by == "the settings" else told(FIRST), tmp_path / f"{FIRST}.json")
    said = () if by == "the settings" else ("--join", "--name", "node-3", "--channel", str(channel))
    (tmp_path / "node-3").write_text("a token")

    async def admitted(token: str, new: NewNode) -> None:
        wanted.append(new)
        write_settings(further, new.directory / "node.json")

    monkeypatch.setattr("services.cli.node.settling.join", admitted)
    node = settled(arguments(tmp_path, FIRST, "--invitations", str(tmp_path), *said), quiet)
    assert [(new.node, new.channel) for new in wanted] == [("node-3", channel)]
    assert (node.node, node.channel, node.joined) == ("node-3", channel, True)
    assert not node.keys_directory.exists(), "a node that joins founds no region"


@pytest.mark.parametrize("lacking", ["settings", "directory"])
def test_run_says_what_it_needs(lacking: str, capsys: Any) -> None:
    from services.cli.main import main

    given = {"settings": "/nowhere.json", "directory": "/nowhere"}
    words = [word for name, value in given.items() if name != lacking for word in (f"--{name}", value)]
    assert main(["node", "run", *words]) == 1
    assert "needs --settings and --directory" in capsys.readouterr().err
