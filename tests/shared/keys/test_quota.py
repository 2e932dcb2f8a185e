"""The count of an account's keys."""

import random
import uuid

import pytest

from shared.errors import LimitExceeded
from shared.keys.quota import require_room
from tests.shared.keys.examples import ACCOUNT, MULTI, SINGLE, view_with

NUMBERS = random.Random(20)


def some_ids(count: int) -> list[str]:
    return [str(uuid.UUID(int=NUMBERS.getrandbits(128), version=4)) for _ in range(count)]


def test_near_the_quota_keys_are_counted_exactly() -> None:
    singles = [SINGLE._replace(key=SINGLE.key._replace(key_id=key_id)) for key_id in some_ids(600)]
    multis = [
        MULTI._replace(key=MULTI.key._replace(key_id="mrk-" + key_id.replace("-", ""))) for key_id in some_ids(400)
    ]
    view = view_with(*singles, *multis)
    require_room(view, ACCOUNT, 1001)
    with pytest.raises(LimitExceeded):
        require_room(view, ACCOUNT, 1000)


def test_far_from_the_quota_only_a_sample_is_read() -> None:
    view = view_with(*(SINGLE._replace(key=SINGLE.key._replace(key_id=key_id)) for key_id in some_ids(700)))
    read = []
    keys_of = view.keys

    def counted(account: str, after: str):  # type: ignore[no-untyped-def]
        for key in keys_of(account, after):
            read.append(key)
            yield key

    view.keys = counted  # type: ignore[method-assign]
    require_room(view, ACCOUNT, 100_000)
    assert len(read) <= 512
