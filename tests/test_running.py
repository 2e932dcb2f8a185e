"""What the runs of tests share: ports, which no two of them may have."""

import pytest

from tests import running
from tests.running import BASES, OFFSETS, SECOND_NODE, free_port


def test_no_two_bases_have_a_port_in_common() -> None:
    ports = [base + node + offset for base in BASES for node in (0, SECOND_NODE) for offset in OFFSETS]
    assert len(ports) == len(set(ports))
    assert max(ports) < 32_768, "Linux gives out those from there on by itself"


def test_a_base_is_given_to_one_run_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "BASES", (free_port(), other := free_port()))
    with pytest.raises(AssertionError, match="no free ports"):
        free_port()
    monkeypatch.setattr(running, "BASES", tuple(base for base in BASES if base != other))
    assert free_port() != other
