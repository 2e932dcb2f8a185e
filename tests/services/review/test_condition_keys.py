"""The linter's table of condition keys agrees with the facts that a region tells."""

from types import SimpleNamespace
from typing import Any

import pytest

from services.region_node.authorization.asked import Asked
from services.region_node.authorization.kms_facts import KMS_FACTS
from services.region_node.authorization.permission import TABLES
from services.review.imagined import RULES
from shared.keys.lookup import held_key
from shared.policy.lint.absent_keys import ABSENT_KEYS
from shared.policy.lint.condition_keys import FAMILIES, KEYS
from tests.services.region_node.operations.fake_region import FakeRegion
from tests.shared.keys.examples import NAME, SINGLE, view_with

KEY = held_key(view_with(SINGLE), NAME)
OF_ACTIONS = sorted(key for key, row in KEYS.items() if row.actions and key in KMS_FACTS)
ELSEWHERE = {"aws:sourcearn"}
"""Keys that a request has at AWS, and never here."""


class AnyRequest(SimpleNamespace):
    """Has every parameter."""

    def __getattr__(self, name: str) -> Any:
        return None if name in ("constraints", "tags") else "1"


@pytest.mark.parametrize("key", OF_ACTIONS)
def test_a_key_of_some_actions_has_no_value_for_others(key: str) -> None:
    call = FakeRegion().call()
    call.request = AnyRequest()
    others = [action for action in RULES if action not in KEYS[key].actions]
    assert {KMS_FACTS[key](Asked(call, action, KEY)) for action in others} == {None}


def test_every_key_of_the_table_is_known_to_the_region() -> None:
    assert set(KEYS) - set(TABLES.facts) == ELSEWHERE
    assert set(FAMILIES) <= set(TABLES.families)
    assert {action for row in KEYS.values() for action in row.actions} <= set(RULES)


def test_a_key_that_is_said_to_be_absent_is_told_by_nobody() -> None:
    assert not set(ABSENT_KEYS) & set(TABLES.facts)
    assert not any(key.startswith(prefix) for key in ABSENT_KEYS for prefix in TABLES.families)
