"""The grants that a principal has on a key, as they are read and as they are remembered."""

from collections.abc import Hashable
from typing import Any

import pytest

from shared.grants import lookup
from shared.grants.lookup import grants_for
from shared.keys.lookup import held_key
from shared.policy.question import Principal, PrincipalKind
from tests.shared.grants.examples import BOB, CREATE, change_key, view_with_grants, with_terms
from tests.shared.keys.examples import NAME
from tests.shared.memory_view import MemoryView

OTHER = "444455556666"
ROLE = f"arn:aws:iam::{OTHER}:role/Signer"
ROOT = f"arn:aws:iam::{OTHER}:root"
SESSION = Principal(PrincipalKind.SESSION, OTHER, f"arn:aws:sts::{OTHER}:assumed-role/Signer/s", "AROAEXAMPLE", ROLE)
USER = Principal(PrincipalKind.USER, OTHER, BOB, "AIDAEXAMPLE")


class RememberingView(MemoryView):
    """Of a state that does not change any more. `read` counts the look-ups of grants."""

    def __init__(self, view: MemoryView) -> None:
        self.__dict__ |= view.__dict__
        self.remembered: dict[Hashable, Any] = {}
        self.read = 0

    @property
    def derived(self) -> dict[Hashable, Any]:
        return self.remembered

    def grants_to(self, account: str, key_id: str, grantee: str, after: str) -> Any:
        self.read += 1
        return super().grants_to(account, key_id, grantee, after)


def view_of(*grantees: str) -> RememberingView:
    made = [with_terms(grantee_principal=grantee) for grantee in grantees]
    named = [create._replace(grant_id=f"{number:064x}") for number, create in enumerate(made)]
    return RememberingView(view_with_grants(*named))


def found(view: MemoryView, principal: Principal) -> list[str]:
    return [grant.grantee for grant in grants_for(view, held_key(view, NAME), principal)]


def test_a_principal_has_the_grants_of_its_role_and_its_account() -> None:
    view = view_of(BOB, ROLE, ROOT)
    assert found(view, SESSION) == [ROLE, ROOT]
    assert found(view, USER) == [BOB, ROOT]


@pytest.mark.parametrize("grants", [0, 1, 3])
def test_grants_are_read_once_as_long_as_the_state_is_the_same(grants: int) -> None:
    view = view_of(*[BOB] * grants)
    assert [found(view, USER) for _ in range(3)] == [[BOB] * grants] * 3
    assert view.read == len({BOB, ROOT})


def test_more_grants_than_are_remembered_are_all_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "REMEMBERED", 2)
    view = view_of(*[BOB] * 5)
    assert [found(view, USER) for _ in range(3)] == [[BOB] * 5] * 3
    assert max(len(grants) for grants in view.remembered.values()) <= 3


def test_grants_of_a_former_life_of_the_key_are_none() -> None:
    view = view_with_grants(CREATE)
    assert found(view, USER) == [BOB]
    change_key(view, created_at=5)
    assert found(view, USER) == []
