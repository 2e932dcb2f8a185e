"""What a witness keeps: the furthest of every partition, and both statements of whoever contradicts himself."""

import random

import pytest

from replication.witness.checkpoint import NotACheckpoint, Seen, furthest
from replication.witness.witnessed import (
    EVIDENCE_MOST,
    NOTHING,
    Witnessed,
    contradiction,
    decode_witnessed,
    encode_witnessed,
    witness,
)
from tests.replication.checkpoints import at, checkpoint, head
from tests.replication.pulses.signed_pulses import verify
from tests.replication.written_log import OTHER_NODE, PEER, START


def seen(*checkpoints: Seen) -> Witnessed:
    witnessed = NOTHING
    for one in checkpoints:
        witnessed = witness(witnessed, one)
    return witnessed


def test_a_log_that_grows_is_kept_in_one_checkpoint() -> None:
    grown = seen(at(1, 0), at(1, 2, time=START + 1), at(3, 2, time=START + 2))
    assert grown == Witnessed((at(3, 2, time=START + 2),))


def test_what_says_nothing_new_leaves_everything_as_it_was() -> None:
    known = seen(at(3, 2))
    assert witness(known, at(3, 2, time=START + 1)) is known
    assert witness(known, at(3, 2)) is known


@pytest.mark.parametrize(
    ("later", "what"),
    [
        (at(4, 2, time=START + 1), ""),
        (at(3, 2, time=START + 1), ""),
        (at(2, 2, time=START + 1), "rolled back: its partition 0 had 3 records, and later 2"),
        (at(9, 1, time=START + 1), "rolled back: its partition 1 had 2 records, and later 1"),
        (at(2, 2, time=START - 1), ""),
        (at(2, 2), ""),
        (at(2, 2, time=START + 1, node=OTHER_NODE), ""),
        (at(3, 3, mark=1, time=START + 1), "two different heads of 3"),
        (at(3, 3, mark=1, time=START - 1), "two different heads of 3"),
        (at(3, 3, mark=1, node=OTHER_NODE), "two different heads of 3"),
        (at(4, 3, mark=1, time=START + 1), ""),
    ],
)
def test_two_heads_of_one_sequence_and_a_lower_one_of_later_are_evidence(later: Seen, what: str) -> None:
    assert what in contradiction(at(3, 2), later)
    assert bool(contradiction(at(3, 2), later)) == bool(what)
    evidence = seen(at(3, 2), later).evidence
    assert [(one.former, one.later) for one in evidence] == ([(at(3, 2).encoded, later.encoded)] if what else [])


def test_a_lower_head_never_takes_the_place_of_a_higher_one() -> None:
    rolled_back = seen(at(3, 5), at(2, 6, time=START + 1))
    assert [furthest(rolled_back.highest, partition) for partition in range(2)] == [head(3), head(6)]


def test_of_two_heads_of_one_sequence_the_former_is_kept_and_both_are_shown() -> None:
    forked = seen(at(3), at(3, mark=1, time=START + 1))
    assert furthest(forked.highest, 0) == head(3)
    gone_on = witness(forked, at(4, mark=1, time=START + 2))
    assert gone_on.shown() == (at(3).encoded, at(4, mark=1, time=START + 2).encoded)


def test_a_region_that_goes_on_in_its_new_history_is_evidence_once() -> None:
    later = [at(2, mark=1, time=START + beat) for beat in range(1, 50)]
    assert len(seen(at(3), *later).evidence) == 1


def test_whoever_lies_at_every_beat_fills_nobody_s_disk() -> None:
    chance = random.Random(7)
    lies = (at(*(chance.randrange(250) for _ in range(4)), mark=beat, time=START + beat) for beat in range(200))
    witnessed = seen(*lies)
    assert len(witnessed.highest) <= 4
    assert len(witnessed.evidence) <= EVIDENCE_MOST


def test_what_is_kept_is_read_as_it_was_and_believed_for_its_signatures() -> None:
    known = seen(at(3, 2), at(2, 3, time=START + 1))
    assert decode_witnessed(encode_witnessed(known), verify) == known
    made_up = Witnessed((Seen(at(1).checkpoint, checkpoint(head(1), region=PEER).encoded[:-1] + b"0"),))
    with pytest.raises(NotACheckpoint):
        decode_witnessed(encode_witnessed(made_up), verify)
    with pytest.raises(NotACheckpoint):
        decode_witnessed(b"junk", verify)
