"""Calls to machines outside the region, counted by how they end."""

import asyncio

import pytest

from services.region_node.key_stores.calls import Calls
from services.region_node.key_stores.causes import OutsideFailed
from services.region_node.key_stores.proxy_causes import TIMED_OUT
from shared.errors import Throttled

KIND = "EXTERNAL_KEY_STORE"


@pytest.mark.parametrize("fault", [OutsideFailed(TIMED_OUT), Throttled(), asyncio.CancelledError()])
def test_a_call_that_fails_is_counted_under_what_ended_it(fault: BaseException) -> None:
    calls = Calls()
    with calls.to(KIND):
        pass
    with pytest.raises(type(fault)), calls.to(KIND):
        raise fault
    counted = {one.labels: one.value for one in calls.samples() if one.family == "key_store_calls"}
    assert counted == {(KIND, "OK"): 1, (KIND, type(fault).__name__): 1}
    (seconds,) = (one.value for one in calls.samples() if one.family == "key_store_call_seconds")
    assert not isinstance(seconds, float | int)
    assert sum(seconds[:-1]) == 2
