"""Imported material whose time is up is gone before any record says so."""

import pytest

from shared import events as e
from shared.keys.expiry import as_of, expiries
from shared.keys.model import PENDING_DELETION, Deletion
from tests.shared.keys.test_evolve import (
    ACCOUNT,
    EXTERNAL,
    FIRST,
    HOME,
    IMPORTED,
    KEY_ID,
    PENDING,
    REPLICA,
    SECOND,
    created,
    held,
)

DUE = 500
KEY = held(HOME, *EXTERNAL, (HOME, IMPORTED))


@pytest.mark.parametrize(("now", "state", "wrapped"), [(DUE - 1, "Enabled", b"one"), (DUE, "PendingImport", None)])
def test_material_is_gone_at_its_time_and_not_before(now: int, state: str, wrapped: bytes | None) -> None:
    key = as_of(KEY, HOME, now)
    assert (key.state, key.current_material.wrapped) == (state, wrapped)
    assert (key.current_material.valid_to is None) == (wrapped is None)


def test_material_without_an_end_stays() -> None:
    for key in (held(HOME, (HOME, created())), held(HOME, *EXTERNAL, (HOME, IMPORTED._replace(valid_to=None)))):
        assert as_of(key, HOME, 10**15) is key


def test_pending_material_that_has_expired_is_taken_back_by_the_primary_alone() -> None:
    pending = PENDING._replace(valid_to=DUE)
    lasting = IMPORTED._replace(valid_to=None)
    shared = (*EXTERNAL, (HOME, lasting), (REPLICA, lasting), (HOME, pending))
    here, there = held(HOME, *shared), held(REPLICA, *shared, (REPLICA, pending))
    assert [m.material_id for m in as_of(here, HOME, DUE).materials] == [FIRST]
    assert [(m.material_id, m.wrapped) for m in as_of(there, REPLICA, DUE).materials] == [
        (FIRST, b"one"),
        (SECOND, None),
    ]


def test_a_key_pending_deletion_keeps_its_state() -> None:
    key = as_of(KEY._replace(state=PENDING_DELETION, deletion=Deletion(7, 1000)), HOME, DUE)
    assert (key.state, key.current_material.wrapped) == (PENDING_DELETION, None)


def test_what_is_enforced_is_what_will_be_recorded() -> None:
    """Of two materials one has no end, and both end at the same time once it is imported again."""
    rotated = (HOME, e.KeyRotated(ACCOUNT, KEY_ID, "ON_DEMAND", SECOND))
    history = (*EXTERNAL, (HOME, IMPORTED), (HOME, PENDING), rotated)
    again = (HOME, PENDING._replace(valid_to=DUE))
    assert [event.material_id for event in expiries(held(HOME, *history), DUE)] == [FIRST]
    events = expiries(held(HOME, *history, again), DUE)
    assert [event.material_id for event in events] == [FIRST, SECOND]
    recorded = held(HOME, *history, again, *((HOME, event) for event in events))
    assert as_of(held(HOME, *history, again), HOME, DUE) == recorded
