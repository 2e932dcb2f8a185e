"""What an attacker does to a record."""

import random

import pytest

from tests.simulation.attacked import flipped


@pytest.mark.parametrize("record", [b"\0", b"a record"])
def test_one_bit_is_flipped(record: bytes) -> None:
    changed = flipped(random.Random(0), record)
    assert len(changed) == len(record)
    assert (int.from_bytes(changed, "big") ^ int.from_bytes(record, "big")).bit_count() == 1


def test_an_empty_record_has_no_bit_to_flip() -> None:
    assert flipped(random.Random(0), b"") == b""
