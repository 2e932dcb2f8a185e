"""What follows from the pulses of a peer, without a clock."""

import pytest

from replication.pulses.heard import Heard, HeardPulse, clocks_agree, went_back
from replication.pulses.pulse import Pulse
from replication.records.position import Head
from tests.replication.pulses.signed_pulses import head, heard, pulse
from tests.replication.written_log import HOME, PEER, START

FORMER = pulse(3, 1, adopted=(2, 0))


def hearing(*pulses: Pulse | HeardPulse) -> tuple[Heard, list[str]]:
    peer = Heard(PEER, 2)
    return peer, [peer.hear(one if isinstance(one, HeardPulse) else heard(one)) for one in pulses]


def adopted(*numbers: int) -> list[Head]:
    return [head(number) for number in numbers]


@pytest.mark.parametrize(
    ("later", "what"),
    [
        (pulse(3, 1, adopted=(2, 0)), ""),
        (pulse(4, 1, adopted=(9, 3)), ""),
        (pulse(2, 1, adopted=(2, 0)), "had shared 3 records of partition 0, and now 2"),
        (pulse(9, 0, adopted=(2, 0)), "had shared 1 records of partition 1, and now 0"),
        (pulse(3, 1, adopted=(1, 0)), f"had adopted of {HOME} 2 records of partition 0, and now 1"),
        (pulse(3, 1), f"had adopted of {HOME} 2 records of partition 0, and now 0"),
        (pulse(3, 1, adopted=(2, 0), mark=7), "had shared 3 records of partition 0, and now others"),
    ],
    ids=["same", "further", "shared", "other partition", "adopted", "nothing adopted", "other history"],
)
def test_a_pulse_that_goes_backwards_is_suspect(later: Pulse, what: str) -> None:
    assert (what in went_back(FORMER, later)) if what else went_back(FORMER, later) == ""


def test_a_rolled_back_peer_is_reported_and_counts_as_not_heard() -> None:
    peer, said = hearing(pulse(3, 1), pulse(2, 1, time=START + 10), pulse(2, 1, time=START + 20))
    assert [bool(text) for text in said] == [False, True, True]
    assert peer.freshen(adopted(3, 1)) == (START, START)
    assert peer.latest is not None
    assert peer.latest.pulse == pulse(3, 1)
    assert peer.hear(heard(pulse(4, 1, time=START + 30))) == ""
    assert peer.freshen(adopted(4, 1)) == (START + 30,) * 2


def test_a_rolled_back_peer_that_was_let_go_is_heard_from_the_beginning() -> None:
    peer, _ = hearing(pulse(3, 1, adopted=(2, 0), time=START))
    fresh = peer.freshen(adopted(3, 1))
    peer.let_go()
    assert peer.first_beyond(HOME, 0, 2) is None
    back = heard(pulse(2, 1, time=START + 1))
    assert peer.hear(back) == ""
    assert peer.latest == back
    assert peer.freshen(adopted(2, 1)) >= fresh


def test_an_old_pulse_that_is_told_again_means_nothing() -> None:
    peer, said = hearing(pulse(2, 1), pulse(3, 1, time=START + 10), heard(pulse(2, 1), at=START + 99))
    assert said == ["", "", ""]
    assert peer.freshen(adopted(3, 1)) == (START + 10,) * 2


@pytest.mark.parametrize(
    ("here", "fresh"),
    [
        ((0, 0), (0, 0)),
        ((1, 1), (START, START + 20)),
        ((2, 1), (START + 10, START + 20)),
        ((3, 1), (START + 20, START + 20)),
        ((9, 9), (START + 20, START + 20)),
        ((3, 0), (START + 20, 0)),
    ],
)
def test_what_was_adopted_is_as_fresh_as_the_last_pulse_all_of_which_is_here(
    here: tuple[int, int], fresh: tuple[int, int]
) -> None:
    peer, _ = hearing(pulse(1, 1), pulse(2, 1, time=START + 10), pulse(3, 1, time=START + 20))
    assert peer.freshen(adopted(*here)) == fresh


def test_freshness_never_goes_back() -> None:
    peer, _ = hearing(pulse(1, 1))
    assert peer.freshen(adopted(1, 1)) == peer.freshen(adopted(0, 0)) == (START, START)


def test_a_clock_that_is_ahead_makes_nothing_fresher_than_when_it_was_heard() -> None:
    peer, _ = hearing(heard(pulse(1, 1, time=START + 1_000_000), at=START))
    assert peer.freshen(adopted(1, 1)) == (START, START)


def test_hearing_goes_on_from_what_an_earlier_process_had_heard() -> None:
    peer = Heard(PEER, 2)
    peer.resume((5, 6), heard(pulse(3, 1)))
    assert peer.freshen(adopted(0, 0)) == (5, 6)
    assert "rolled back" in peer.hear(heard(pulse(1, 1, time=START + 1)))
    assert peer.first_beyond(PEER, 0, 3) == heard(pulse(3, 1))


def test_the_earliest_pulse_that_shows_an_adoption_is_found() -> None:
    pulses = [heard(pulse(0, 0, time=START + number, adopted=(number, 0))) for number in range(5)]
    peer, _ = hearing(*pulses)
    assert peer.first_beyond(HOME, 0, 3) == pulses[3]
    assert peer.first_beyond(HOME, 0, 5) is None
    assert peer.first_beyond(HOME, 1, 1) is None


@pytest.mark.parametrize(
    ("offsets", "agrees"),
    [((), True), ((0,), True), ((301,), False), ((-301,), False), ((300, -300), True), ((0, 999), False),
     ((0, 0, 999), True), ((0, 999, 999), False)],
)  # fmt: skip
def test_a_clock_agrees_with_most_or_with_nobody_to_compare_it_with(offsets: tuple[int, ...], agrees: bool) -> None:
    assert clocks_agree(offsets, 300) is agrees
