"""Randomness that fails is an error, and identifiers have the forms that clients know."""

import os
import re
from collections.abc import Callable

import pytest

from shared.crypto import entropy
from shared.crypto.entropy import EntropyFailed, random_bytes
from shared.identifiers import KEY_ID_PATTERN

FORMS = {
    entropy.key_id: r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
    lambda: entropy.multi_region_key_id("eu-west-1"): r"mrk-[0-9a-f]{32}",
    entropy.material_id: r"[0-9a-f]{64}",
    lambda: entropy.access_key_id("111122223333"): r"AKIA[A-Z2-7]{16}",
    entropy.access_key_secret: r"[A-Za-z0-9+/]{40}",
    entropy.user_id: r"AIDA[A-Z2-7]{17}",
    entropy.group_id: r"AGPA[A-Z2-7]{17}",
    entropy.role_id: r"AROA[A-Z2-7]{17}",
    entropy.policy_id: r"ANPA[A-Z2-7]{17}",
}


@pytest.mark.parametrize(("draw", "form"), FORMS.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_identifiers_have_their_form_and_never_repeat(draw: Callable[[], str], form: str) -> None:
    drawn = [draw() for _ in range(100)]
    assert all(re.fullmatch(form, identifier) for identifier in drawn)
    assert len(set(drawn)) == len(drawn)


@pytest.mark.parametrize("draw", [entropy.key_id, lambda: entropy.multi_region_key_id("eu-west-1")])
def test_key_ids_are_key_ids(draw: Callable[[], str]) -> None:
    assert KEY_ID_PATTERN.fullmatch(draw())


def test_short_randomness_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "urandom", lambda count: bytes(count - 1))
    with pytest.raises(EntropyFailed):
        random_bytes(16)


def test_failing_randomness_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_count: int) -> bytes:
        raise OSError("no generator")

    monkeypatch.setattr(os, "urandom", fail)
    with pytest.raises(EntropyFailed):
        entropy.key_id()


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_fork_does_not_repeat_what_its_parent_draws() -> None:
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write_end, random_bytes(16))
        os._exit(0)
    os.waitpid(child, 0)
    drawn_by_child = os.read(read_end, 16)
    os.close(read_end)
    os.close(write_end)
    assert len(drawn_by_child) == 16
    assert drawn_by_child != random_bytes(16)
