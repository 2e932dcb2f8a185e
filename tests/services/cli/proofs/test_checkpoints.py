"""`keytide checkpoints` and what `keytide verify` makes of them, on the directory that `keytide up` makes."""

import asyncio
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from replication.records.position import EMPTY_HEAD, Head
from replication.sharing.publication import local_log
from replication.state.lmdb_store import LmdbStore
from replication.state.partition_head import PartitionHead
from replication.state.state_store import PARTITIONS, partition_prefix
from replication.witness.checkpoint import FORMAT_VERSION, Checkpoint, Seen, encode_checkpoint
from replication.witness.witnessed import NOTHING, encode_witnessed, witness
from services.cli.main import main
from services.cli.regions_directory import prepare
from services.cli.up.topology import Topology
from services.region_node.keys.key_files import open_keys
from services.region_node.settings.settings import NodeSettings, read_node_settings
from services.region_node.witness.seen_of_peers import seen_file
from tests.replication.written_log import HOME, PEER, WrittenLog, created
from tests.services.cli.proofs.test_verify import PARTITION, append

NOW = 1_700_000_000_000


def history(settings: NodeSettings) -> WrittenLog:
    log = WrittenLog(settings.region, PARTITION, open_keys(settings).record_key)
    log.open()
    for number in range(1, 5):
        log.write(created(number))
    return log


@pytest.fixture
def home(tmp_path: Path) -> NodeSettings:
    """Of two regions the first, whose log has five records."""
    made = prepare(Topology((HOME, PEER), tmp_path / "keytide", 8100, 1, kafka=False), NOW).nodes
    for settings in made:
        log = history(settings)
        asyncio.run(append(settings, log.records, open_keys(settings).record_key))
    return made[0]


def head_of(settings: NodeSettings) -> Head:
    with closing(LmdbStore(settings.state_directory, writer=False)) as store, store.read() as snapshot:
        return PartitionHead.decode(snapshot.get(PARTITIONS, partition_prefix(PARTITION))).head


def signed(settings: NodeSettings, head: Head, time: int = NOW) -> Seen:
    heads = tuple(head if number == PARTITION else EMPTY_HEAD for number in range(settings.partitions))
    checkpoint = Checkpoint(FORMAT_VERSION, settings.region, settings.node, time, heads)
    return Seen(checkpoint, encode_checkpoint(checkpoint, open_keys(settings).identity.sign))


def seen_by_peer(home: NodeSettings, *seen: Seen) -> None:
    witnessed = NOTHING
    for one in seen:
        witnessed = witness(witnessed, one)
    peer = read_node_settings(home.directory.parent / PEER, PEER)
    peer.witness_directory.mkdir(exist_ok=True)
    seen_file(peer.witness_directory, HOME).write_bytes(encode_witnessed(witnessed))


def command(home: NodeSettings, *arguments: str) -> int:
    return main([*arguments, "--directory", str(home.directory.parent)])


def test_what_a_witness_has_seen_holds_the_log_to_it(
    home: NodeSettings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "checkpoints"
    seen_by_peer(home, signed(home, head_of(home)))
    assert command(home, "checkpoints", "export", "--file", str(file)) == 0
    assert "1 cosignatures are in" in capsys.readouterr().out
    assert command(home, "verify", "--checkpoints", str(file)) == 0
    for part in (home.state_directory, home.log_directory):
        shutil.rmtree(part)
    asyncio.run(append(home, history(home).records[:3], open_keys(home).record_key))
    assert command(home, "verify") == 0
    capsys.readouterr()
    assert command(home, "verify", "--checkpoints", str(file)) == 1
    out = capsys.readouterr().out
    assert f"  {local_log(HOME)} {PARTITION}: truncated: without records 4 to 5, which it had when it was signed" in out
    assert f"seen by {PEER}" in out


def test_nobody_s_word_is_taken_that_is_not_signed_by_a_region_here(
    home: NodeSettings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "checkpoints"
    seen_by_peer(home, signed(home, head_of(home)))
    assert command(home, "checkpoints", "export", "--file", str(file)) == 0
    file.write_text(file.read_text()[:-12] + "AAAAAAAAAAA\n")
    assert command(home, "verify", "--checkpoints", str(file)) == 1
    assert "line 1: " in capsys.readouterr().err


def test_the_list_tells_how_far_regions_were_seen_and_what_is_proven(
    home: NodeSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(home, "checkpoints", "show") == 0
    assert "no region has seen anything" in capsys.readouterr().out
    seen_by_peer(home, signed(home, head_of(home)))
    assert command(home, "checkpoints", "show") == 0
    assert capsys.readouterr().out.splitlines()[1].split() == [PEER, HOME, "2023-11-14T22:13:20Z", "5", "0"]
    seen_by_peer(home, signed(home, head_of(home)), signed(home, Head(3, b"\x03" * 32), NOW + 1))
    assert command(home, "checkpoints", "show") == 1
    assert f"{PEER} holds proof: {HOME} was rolled back: its partition {PARTITION} had 5" in capsys.readouterr().out
