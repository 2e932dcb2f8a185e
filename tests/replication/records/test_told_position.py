"""A region knows its own word again: what it has not told, nobody can say in its place."""

import pytest
from cryptography.exceptions import InvalidSignature
from hypothesis import given
from hypothesis import strategies as st

from replication.records.change_position import ChangePosition, Shared
from replication.records.told_position import ToldPositions, split_position
from shared.secrets import Secret
from tests.replication.written_log import HOME, PEER

TOLD = ToldPositions(HOME, Secret(b"record key of the region".ljust(32, b".")))
SHARED = ChangePosition(HOME, 3, 17, Shared(5, "ab" * 16))
REGIONAL = ChangePosition(HOME, 3, 17)


@pytest.mark.parametrize("position", [SHARED, REGIONAL])
def test_what_was_told_is_known_again(position: ChangePosition) -> None:
    text = TOLD.tell(position)
    assert text.startswith(f"{position}/")
    assert TOLD.read(text) == position
    assert split_position(text)[0] == position


OTHERS = [
    SHARED._replace(sequence=16),
    SHARED._replace(partition=2),
    SHARED._replace(shared=Shared(6, "ab" * 16)),
    SHARED._replace(shared=Shared(5, "ac" * 16)),
    REGIONAL,
]


@pytest.mark.parametrize("other", OTHERS)
def test_a_mac_is_of_one_position_and_of_one_region_s_key(other: ChangePosition) -> None:
    mac = TOLD.tell(SHARED).rpartition("/")[2]
    with pytest.raises(InvalidSignature):
        TOLD.read(f"{other}/{mac}")
    with pytest.raises(InvalidSignature):
        ToldPositions(HOME, Secret(b"another key".ljust(32, b"."))).read(TOLD.tell(SHARED))


@given(st.integers(0, 31), st.sampled_from("0123456789abcdef"))
def test_no_other_mac_fits(place: int, digit: str) -> None:
    text = TOLD.tell(SHARED)
    start = len(text) - 32 + place
    changed = text[:start] + digit + text[start + 1 :]
    if changed != text:
        with pytest.raises(InvalidSignature):
            TOLD.read(changed)


def test_another_region_s_position_is_read_and_its_mac_is_that_region_s_matter() -> None:
    elsewhere = ChangePosition(PEER, 0, 1)
    assert TOLD.read(f"{elsewhere}/{'00' * 16}") == elsewhere


@pytest.mark.parametrize(
    "wrong",
    ["", "elsewhere", str(SHARED), str(REGIONAL), f"{REGIONAL}/", f"{REGIONAL}/{'AB' * 16}", f"{REGIONAL}/{'zz' * 16}",
     f"{REGIONAL}/{'ab' * 15}", f"{TOLD.tell(REGIONAL)}/{'ab' * 16}", f"x{'/ab' * 16}"],
)  # fmt: skip
def test_what_no_region_tells_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"position of a change|non-hexadecimal"):
        TOLD.read(wrong)
