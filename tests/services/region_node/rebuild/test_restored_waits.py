"""What a restored region waits for: that which its peers had shared by its start, as far as anybody still has it."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from replication.pulses.pulse import FORMAT_VERSION, Pulse
from replication.records.position import Head
from services.region_node.rebuild.restored import Restored, mark_restored

HERE, PEER, THIRD = "us-east-1", "eu-west-1", "ap-southeast-2"


def restored(directory: Path, adopted: int) -> Restored:
    mark_restored(directory)
    heads = SimpleNamespace(adopted={PEER: Head(adopted, b"")})
    place: Any = SimpleNamespace(region=HERE, partitions=1, head=lambda _partition: heads)
    return Restored(place, directory)


def peer(shared: int) -> Pulse:
    return Pulse(FORMAT_VERSION, PEER, 0, (Head(shared, b""),), {})


def third(adopted: int) -> Pulse:
    return Pulse(FORMAT_VERSION, THIRD, 0, (Head(0, b""),), {PEER: (Head(adopted, b""),)})


def test_what_a_peer_had_shared_is_waited_for(tmp_path: Path) -> None:
    told = f"the region was restored; it has adopted 6 of the 7 records of {PEER}'s partition 0"
    assert restored(tmp_path, adopted=6).lacking([peer(7), third(5)]) == told


def test_what_is_adopted_is_waited_for_no_longer(tmp_path: Path) -> None:
    assert restored(tmp_path, adopted=7).lacking([peer(7), third(5)]) == ""


def test_a_peer_that_goes_on_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    waiting = restored(tmp_path, adopted=6)
    assert waiting.lacking([peer(6), third(5)]) == ""
    assert waiting.lacking([peer(9), third(5)]) == ""


def test_what_a_peer_that_was_restored_itself_has_lost_is_waited_for_where_another_has_it(tmp_path: Path) -> None:
    waiting = restored(tmp_path, adopted=6)
    assert waiting.lacking([peer(9), third(7)])
    assert "of the 7 records" in waiting.lacking([peer(4), third(7)])
    assert "of the 7 records" in waiting.lacking([peer(9), third(7)])


def test_what_nobody_has_any_more_is_not_waited_for(tmp_path: Path) -> None:
    waiting = restored(tmp_path, adopted=6)
    assert waiting.lacking([peer(9), third(5)])
    assert waiting.lacking([peer(4), third(5)]) == ""


def test_a_region_that_was_not_restored_waits_for_nobody(tmp_path: Path) -> None:
    waiting = restored(tmp_path, adopted=0)
    waiting.pending = False
    assert waiting.lacking([peer(9)]) == ""
