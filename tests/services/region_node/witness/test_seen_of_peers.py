"""A witness keeps what it has seen through restarts, gives it back under its signature, and tells of contradictions."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from replication.fold.judge import Verdict
from replication.sharing.publisher import Signing
from replication.state.partition_head import PartitionHead
from replication.witness.checkpoint import Seen, decode_cosignature, shown_in
from services.region_node.witness.beside_pulses import BesidePulses
from services.region_node.witness.seen_of_peers import SeenOfPeers, seen_file
from tests.replication.checkpoints import at, checkpoint, cosigned, head
from tests.replication.pulses.signed_pulses import pulse, signed, verify
from tests.replication.written_log import HOME, IDENTITIES, PEER, START, THIRD


class Witness:
    """The peer, as the home's witness."""

    def __init__(self, directory: Path) -> None:
        self.alarms: list[tuple[Verdict, str]] = []
        self.troubles: dict[str, str] = {}
        signing = Signing(PEER, IDENTITIES[PEER].sign)
        alarm = lambda verdict, reason: self.alarms.append((verdict, reason))  # noqa: E731
        self.seen = SeenOfPeers(signing, directory, 1, verify, alarm, self.troubles.__setitem__, lambda: START)

    def see(self, *checkpoints: Seen) -> None:
        for one in checkpoints:
            assert self.seen.take(HOME, one.encoded)

    def shown(self, region: str = HOME) -> Sequence[Seen]:
        cosignature = decode_cosignature(self.seen.cosigned(region), verify)
        assert (cosignature.witness, cosignature.region, cosignature.time) == (PEER, region, START)
        return shown_in(cosignature, verify)


def test_the_highest_is_given_back_also_after_a_restart(tmp_path: Path) -> None:
    witness = Witness(tmp_path / "witness")
    witness.see(at(3), at(5, time=START + 1))
    assert witness.shown() == [at(5, time=START + 1)]
    assert Witness(tmp_path / "witness").shown() == [at(5, time=START + 1)]
    assert witness.shown(THIRD) == []
    assert not seen_file(tmp_path / "witness", THIRD).exists()


def test_a_contradiction_is_an_alarm_once_and_shown_for_ever(tmp_path: Path) -> None:
    witness = Witness(tmp_path)
    witness.see(at(5), at(4, time=START + 1), at(4, time=START + 2))
    ((verdict, reason),) = witness.alarms
    assert verdict is Verdict.FORK
    assert "rolled back: its partition 0 had 5 records, and later 4" in reason
    again = Witness(tmp_path)
    assert dict(again.seen.evidence()) == {HOME: reason}
    assert at(5) in again.shown()


def test_an_idle_region_costs_no_write(tmp_path: Path) -> None:
    witness = Witness(tmp_path)
    witness.see(at(5))
    before = seen_file(tmp_path, HOME).stat().st_mtime_ns
    witness.see(at(5, time=START + 1))
    assert seen_file(tmp_path, HOME).stat().st_mtime_ns == before


@pytest.mark.parametrize(
    "strange",
    [
        at(5).encoded[:-1] + b"0",
        at(5, 6).encoded,
        checkpoint(head(5), region=THIRD).encoded.replace(THIRD.encode(), HOME.encode()),
    ],
)
def test_what_the_peer_has_not_signed_so_is_passed_over_with_one_alarm(strange: bytes, tmp_path: Path) -> None:
    witness = Witness(tmp_path)
    taken = [witness.seen.take(HOME, strange) for _ in range(2)]
    assert witness.shown() == []
    assert taken == [False, False] or [verdict for verdict, _ in witness.alarms] == [Verdict.REJECTED]


def test_pulses_are_left_to_others_and_cosignatures_are_not_mistaken_for_them(tmp_path: Path) -> None:
    witness = Witness(tmp_path)
    assert not witness.seen.take(PEER, signed(pulse(1)))
    assert not witness.seen.take(HOME, b"junk")
    assert witness.seen.take(PEER, cosigned(at(1)))


def test_a_file_that_cannot_be_read_was_not_seen_and_says_so(tmp_path: Path) -> None:
    seen_file(tmp_path, HOME).write_bytes(b"junk")
    witness = Witness(tmp_path)
    assert witness.shown() == []
    assert "cannot be read" in witness.troubles[f"witness of {HOME}"]
    witness.see(at(1))
    assert witness.troubles[f"witness of {HOME}"] == ""
    assert witness.shown() == [at(1)]


def test_a_disk_that_takes_nothing_is_told(tmp_path: Path) -> None:
    (tmp_path / "witness").write_bytes(b"a file where the directory belongs")
    witness = Witness(tmp_path / "witness")
    witness.see(at(1))
    assert "cannot be kept" in witness.troubles[f"witness of {HOME}"]
    assert witness.shown() == [at(1)]


@pytest.mark.parametrize("told_to", [(), (HOME, THIRD)])
def test_a_region_speaks_of_itself_once_it_is_served_and_of_its_peers_at_once(
    told_to: tuple[str, ...], tmp_path: Path
) -> None:
    witness, heads = Witness(tmp_path), [PartitionHead()]
    witness.see(at(3))
    heads[0].head = head(4)
    beside = BesidePulses(Signing(PEER, IDENTITIES[PEER].sign), "node-1", witness.seen, lambda: told_to, lambda: START)
    cosigned_at_once = beside.own(heads, served=False)
    assert [decode_cosignature(one, verify).region for one in cosigned_at_once] == list(told_to)
    own, *others = beside.own(heads, served=True)
    assert own == checkpoint(head(4), region=PEER, node="node-1").encoded
    assert others == cosigned_at_once
