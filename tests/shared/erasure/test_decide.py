"""What is done next with domain keys: tables."""

import pytest

from shared.erasure.decide import Fate, copies_needed, fate_of
from shared.erasure.model import Domain

DOMAIN = Domain(5, 4, closed=2, fingerprint=b"four", earlier=((3, b"three"),))


@pytest.mark.parametrize(
    ("epoch", "fingerprint", "fate"),
    [
        (5, b"four", Fate.UNDECIDED),
        (4, b"four", Fate.TAKEN),
        (4, b"other", Fate.DROPPED),
        (4, b"", Fate.DROPPED),
        (3, b"three", Fate.TAKEN),
        (3, b"four", Fate.DROPPED),
        (2, b"", Fate.DROPPED),
    ],
)
def test_the_log_decides_what_becomes_of_a_key_that_was_made_for_an_epoch(
    epoch: int, fingerprint: bytes, fate: Fate
) -> None:
    assert fate_of(DOMAIN, epoch, fingerprint) is fate


@pytest.mark.parametrize(
    ("setting", "nodes", "needed"), [(None, 1, 1), (None, 2, 2), (None, 3, 2), (1, 2, 1), (3, 3, 3), (3, 2, 3)]
)
def test_a_fresh_key_stands_on_two_nodes_where_there_are_two_unless_the_settings_say_otherwise(
    setting: int | None, nodes: int, needed: int
) -> None:
    assert copies_needed(setting, nodes) == needed
