"""What happens when somebody wants an alias changed."""

from collections.abc import Callable
from typing import TypeAlias

import pytest

from shared.aliases.commands import CreateAlias, DeleteAlias, UpdateAlias
from shared.aliases.decide import create_alias, delete_alias, update_alias
from shared.aliases.errors import NotAuthorized
from shared.decision import Decision
from shared.errors import (
    AlreadyExists,
    InvalidAliasName,
    InvalidKeyState,
    KeytideError,
    LimitExceeded,
    NotFound,
    ValidationFailed,
)
from shared.events import AliasCreated, AliasDeleted, AliasRetargeted
from shared.identifiers import key_stream
from shared.keys.commands import KeyName
from tests.shared.keys.examples import (
    ACCOUNT,
    KEY_ID,
    MULTI,
    MULTI_REGION_KEY_ID,
    MULTI_REGION_NAME,
    NAME,
    REGION,
    SINGLE,
    view_with,
)
from tests.shared.memory_view import MemoryView

Attempt: TypeAlias = Callable[[], Decision]

ALIAS = "alias/invoices"
ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:{ALIAS}"
ABSENT = KeyName(REGION, ACCOUNT, "00000000-0000-4000-8000-000000000000")
CREATE = CreateAlias(ALIAS, NAME, 50)
UPDATE = UpdateAlias(ALIAS, MULTI_REGION_NAME, 50)


def view_with_alias() -> MemoryView:
    view = view_with(SINGLE, MULTI)
    view.apply(create_alias(CREATE, view).events)
    return view


def put_in_state(view: MemoryView, key_id: str, state: str) -> None:
    key = view.key(ACCOUNT, key_id)
    assert key is not None
    view.states[key_stream(ACCOUNT, key_id)] = key._replace(state=state)


def test_creating_rests_on_the_key() -> None:
    decision = create_alias(CREATE, view_with(SINGLE))
    assert decision.events == (AliasCreated(ACCOUNT, ALIAS, KEY_ID),)
    assert decision.rests_on == (key_stream(ACCOUNT, KEY_ID),)
    assert decision.shared_events == ()


@pytest.mark.parametrize(
    ("name", "error", "text"),
    [
        ("invoices", ValidationFailed, 'Alias must start with the prefix "alias/".'),
        ("alias/", InvalidAliasName, "alias/ contains invalid characters for an alias"),
        ("alias/a:b", InvalidAliasName, "alias/a:b contains invalid characters for an alias"),
        ("alias/a b\n", InvalidAliasName, "alias/a b\n contains invalid characters"),
        ("alias/aws/s3", NotAuthorized, ""),
        ("alias/" + "a" * 251, ValidationFailed, "1 validation error detected"),
    ],
)
def test_names_that_no_alias_may_have(name: str, error: type[KeytideError], text: str) -> None:
    with pytest.raises(error) as refusal:
        create_alias(CREATE._replace(alias=name), view_with(SINGLE))
    assert refusal.value.message.startswith(text)


@pytest.mark.parametrize("name", ["alias/", "alias/a:b", "alias/" + "a" * 251])
def test_a_name_that_no_alias_may_have_is_not_found(name: str) -> None:
    view = view_with(SINGLE)
    attempts: tuple[Attempt, ...] = (
        lambda: update_alias(UPDATE._replace(alias=name), view),
        lambda: delete_alias(DeleteAlias(REGION, ACCOUNT, name), view),
    )
    for attempt in attempts:
        with pytest.raises(NotFound, match="is not found"):
            attempt()


def test_nobody_touches_the_aliases_of_aws() -> None:
    view = view_with(SINGLE)
    with pytest.raises(NotAuthorized):
        update_alias(UPDATE._replace(alias="alias/aws/s3"), view)
    with pytest.raises(NotAuthorized):
        delete_alias(DeleteAlias(REGION, ACCOUNT, "alias/aws/s3"), view)


def test_a_name_is_taken_once() -> None:
    with pytest.raises(AlreadyExists) as refusal:
        create_alias(CREATE, view_with_alias())
    assert refusal.value.message == f"An alias with the name {ARN} already exists"


def test_names_differ_by_case() -> None:
    assert create_alias(CREATE._replace(alias="alias/Invoices"), view_with_alias()).events


def test_a_key_has_only_so_many_aliases() -> None:
    with pytest.raises(LimitExceeded):
        create_alias(CREATE._replace(alias="alias/more", aliases_per_key=1), view_with_alias())
    with pytest.raises(LimitExceeded):
        update_alias(UPDATE._replace(aliases_per_key=0), view_with_alias())


def test_retargeting_rests_on_both_keys() -> None:
    decision = update_alias(UPDATE, view_with_alias())
    assert decision.events == (AliasRetargeted(ACCOUNT, ALIAS, MULTI_REGION_KEY_ID),)
    assert set(decision.rests_on) == {key_stream(ACCOUNT, KEY_ID), key_stream(ACCOUNT, MULTI_REGION_KEY_ID)}


@pytest.mark.parametrize("changes", [{"usage": "SIGN_VERIFY"}, {"spec": "RSA_2048"}])
def test_an_alias_moves_only_between_keys_of_one_kind(changes: dict[str, str]) -> None:
    view = view_with_alias()
    key = view.key(ACCOUNT, KEY_ID)
    assert key is not None
    view.states[key_stream(ACCOUNT, KEY_ID)] = key._replace(**changes)  # type: ignore[arg-type]
    with pytest.raises(ValidationFailed) as refusal:
        update_alias(UPDATE, view)
    assert "same type and the same key usage" in refusal.value.message


def test_an_alias_leaves_a_key_in_any_state_and_moves_only_to_one_that_stays() -> None:
    view = view_with_alias()
    put_in_state(view, KEY_ID, "PendingDeletion")
    assert update_alias(UPDATE, view).events
    put_in_state(view, MULTI_REGION_KEY_ID, "PendingReplicaDeletion")
    attempts: tuple[Attempt, ...] = (lambda: update_alias(UPDATE, view), lambda: create_alias(CREATE, view))
    for attempt in attempts:
        with pytest.raises(InvalidKeyState):
            attempt()


def test_what_is_not_there() -> None:
    view = view_with(SINGLE)
    attempts: tuple[Attempt, ...] = (
        lambda: update_alias(UPDATE, view),
        lambda: delete_alias(DeleteAlias(REGION, ACCOUNT, ALIAS), view),
    )
    for attempt in attempts:
        with pytest.raises(NotFound) as refusal:
            attempt()
        assert refusal.value.message == f"Alias {ARN} is not found."
    with pytest.raises(NotFound) as refusal:
        create_alias(CREATE._replace(target=ABSENT), view)
    assert refusal.value.message == f"Key 'arn:aws:kms:{REGION}:{ACCOUNT}:key/{ABSENT.key_id}' does not exist"


def test_deleting_frees_the_name() -> None:
    view = view_with_alias()
    decision = delete_alias(DeleteAlias(REGION, ACCOUNT, ALIAS), view)
    assert decision.events == (AliasDeleted(ACCOUNT, ALIAS, KEY_ID),)
    view.apply(decision.events)
    assert create_alias(CREATE, view).events
