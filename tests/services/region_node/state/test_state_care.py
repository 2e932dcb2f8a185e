"""A state that cannot be read is set aside; one that can be read never is, and log and keys never are."""

import random
from collections.abc import Callable
from pathlib import Path

import lmdb
import pytest

from replication.log.embedded_log import EmbeddedLogs
from replication.sharing.publication import local_log
from replication.state.lmdb_store import LmdbStore
from replication.state.state_store import STREAMS
from replication.state.unsettled import mark_unsettled
from services.region_node.settings.settings import Address, NodeSettings
from services.region_node.state.state_care import ASIDE, ASIDE_MOST, care_for_state, is_suspected, suspect

REGION = "us-east-1"


@pytest.fixture
async def node(tmp_path: Path) -> NodeSettings:
    """A node with a log and a state of some thousand rows, and nobody who has them open."""
    settings = NodeSettings(REGION, Address("127.0.0.1", 0), Address("127.0.0.1", 0), directory=tmp_path)
    await EmbeddedLogs.open(settings.log_directory, {local_log(REGION): settings.partitions}).close()
    store = LmdbStore(settings.state_directory, writer=True)
    with store.write() as transaction:
        for number in range(5_000):
            transaction.put(STREAMS, b"%06d" % number, b"x" * 100)
    store.close()
    return settings


def state_file(node: NodeSettings) -> Path:
    return node.state_directory / "data.mdb"


def aside(node: NodeSettings) -> list[Path]:
    return sorted(node.directory.glob(f"{ASIDE}*"))


def cut(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def wipe_first_pages(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(bytes(8_192))


def wipe_page_heads(path: Path) -> None:
    """Of all pages but the first, which every reader looks at."""
    content = bytearray(path.read_bytes())
    for start in range(10 * 4_096, len(content), 4_096):
        content[start : start + 16] = bytes(16)
    path.write_bytes(content)


def test_a_state_that_nobody_suspects_is_left_alone(node: NodeSettings) -> None:
    assert not care_for_state(node)
    assert (state_file(node).exists(), aside(node)) == (True, [])


def test_a_state_that_was_suspected_and_can_be_read_is_left_alone(node: NodeSettings) -> None:
    suspect(node)
    assert care_for_state(node)
    assert (state_file(node).exists(), aside(node), is_suspected(node)) == (True, [], False)


def test_a_file_that_is_short_of_pages_that_were_freed_is_no_damage(node: NodeSettings) -> None:
    shrink_until_short(node)
    assert care_for_state(node)
    assert aside(node) == []


@pytest.mark.parametrize("damage", [cut, wipe_first_pages])
def test_damage_that_shows_at_once_needs_no_suspicion(node: NodeSettings, damage: Callable[[Path], None]) -> None:
    damage(state_file(node))
    damaged = state_file(node).read_bytes()
    assert not care_for_state(node)
    assert not node.state_directory.exists()
    (kept,) = aside(node)
    assert (kept / "data.mdb").read_bytes() == damaged


def test_a_state_whose_building_was_broken_off_goes(node: NodeSettings, caplog: pytest.LogCaptureFixture) -> None:
    mark_unsettled(node.state_directory)
    suspect(node, "its building was broken off")
    assert not care_for_state(node)
    assert (node.state_directory.exists(), aside(node), is_suspected(node)) == (False, [], False)
    assert "built again from the log" in caplog.text


def test_damage_within_the_file_is_proven_by_reading(node: NodeSettings, caplog: pytest.LogCaptureFixture) -> None:
    wipe_page_heads(state_file(node))
    suspect(node)
    assert not care_for_state(node)
    assert not node.state_directory.exists()
    assert "built again from the log" in caplog.text


def test_damage_that_a_process_has_met_needs_no_proof(node: NodeSettings, caplog: pytest.LogCaptureFixture) -> None:
    suspect(node, "its free list is impossible")
    assert not care_for_state(node)
    assert not node.state_directory.exists()
    assert vars(caplog.records[0])["damage"] == "its free list is impossible"


def test_where_the_log_is_damaged_too_nothing_is_touched(node: NodeSettings, caplog: pytest.LogCaptureFixture) -> None:
    cut(state_file(node))
    cut(node.log_directory / "data.mdb")
    assert not care_for_state(node)
    assert (state_file(node).exists(), aside(node)) == (True, [])
    assert "nothing was touched" in caplog.text


def test_only_the_last_states_are_kept_aside(node: NodeSettings) -> None:
    old = [node.directory / f"{ASIDE}2020010{day}T000000Z" for day in range(1, 4)]
    for path in old:
        path.mkdir()
    cut(state_file(node))
    care_for_state(node)
    assert len(aside(node)) == ASIDE_MOST
    assert old[2] in aside(node)


def test_a_node_without_a_state_has_nothing_to_care_for(node: NodeSettings) -> None:
    state_file(node).unlink()
    suspect(node)
    assert not care_for_state(node)
    assert (aside(node), is_suspected(node)) == ([], False)


def shrink_until_short(node: NodeSettings) -> None:
    """Delete and write until LMDB has freed, within one transaction, the last page that it had taken."""
    dice = random.Random(1)
    with lmdb.open(str(node.state_directory), map_size=1 << 30, max_dbs=7) as environment:
        table = environment.open_db(STREAMS, create=False)
        for _ in range(5_000):
            with environment.begin(write=True, db=table) as transaction, transaction.cursor() as cursor:
                for _ in range(dice.randint(1, 60)):
                    transaction.put(b"%06d" % dice.randrange(20_000), bytes(dice.choice((50, 300, 3_000, 20_000))))
                    if cursor.set_range(b"%06d" % dice.randrange(20_000)):
                        while dice.random() < 0.8 and cursor.delete():
                            continue
            if state_file(node).stat().st_size < (environment.info()["last_pgno"] + 1) * environment.stat()["psize"]:
                return
    raise AssertionError("the file was never short")
