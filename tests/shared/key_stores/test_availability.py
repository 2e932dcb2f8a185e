"""What the connection of a custom key store makes of the state of its keys: one table, cell by cell."""

from itertools import product

import pytest

from shared.key_stores.availability import as_seen
from shared.key_stores.model import CONNECTED, DISCONNECTED, FAILED
from shared.keys.model import DISABLED, ENABLED, PENDING_DELETION, UNAVAILABLE
from tests.shared.key_stores.examples import EXTERNAL
from tests.shared.keys.examples import KEY_ID, SINGLE, view_with

SEEN = {
    (ENABLED, CONNECTED): ENABLED,
    (DISABLED, CONNECTED): DISABLED,
    (PENDING_DELETION, CONNECTED): PENDING_DELETION,
    (ENABLED, DISCONNECTED): UNAVAILABLE,
    (DISABLED, DISCONNECTED): UNAVAILABLE,
    (PENDING_DELETION, DISCONNECTED): PENDING_DELETION,
    (ENABLED, FAILED): UNAVAILABLE,
    (DISABLED, FAILED): UNAVAILABLE,
    (PENDING_DELETION, FAILED): PENDING_DELETION,
}


@pytest.mark.parametrize(
    ("state", "connection"), list(product((ENABLED, DISABLED, PENDING_DELETION), (CONNECTED, DISCONNECTED, FAILED)))
)
def test_a_key_as_everybody_sees_it(state: str, connection: str) -> None:
    key = view_with(SINGLE).key(SINGLE.key.account, KEY_ID)
    assert key is not None
    seen = as_seen(key._replace(state=state), EXTERNAL._replace(connection_state=connection))
    assert seen == key._replace(state=SEEN[state, connection])


def test_a_key_whose_store_is_not_known_is_unavailable() -> None:
    key = view_with(SINGLE).key(SINGLE.key.account, KEY_ID)
    assert key is not None
    assert as_seen(key, None).state == UNAVAILABLE
