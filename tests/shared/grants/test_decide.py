"""What happens when somebody wants a grant made or gone."""

import pytest

from shared.errors import (
    InvalidArn,
    InvalidGrantId,
    InvalidKeyState,
    KeyDisabled,
    KeytideError,
    LimitExceeded,
    NotFound,
    ValidationFailed,
)
from shared.grants.commands import CreateGrant, GrantName
from shared.grants.decide import BATCH, create_grant, retire_grant, revoke_grant, revoke_grants_of
from shared.grants.events import GrantCreated, GrantRetired, GrantRevoked
from shared.grants.lookup import Retiring, retiring, standing_grant
from shared.grants.terms import is_within
from shared.identifiers import grant_stream, key_stream
from shared.keys.commands import KeyName
from shared.policy.question import Principal, PrincipalKind
from tests.shared.grants.examples import (
    BOB,
    CREATE,
    GRANT,
    GRANT_ID,
    SOURCE,
    TERMS,
    change_key,
    grant_in,
    view_with_grants,
    with_terms,
)
from tests.shared.keys.examples import ACCOUNT, ALICE, KEY_ID, NAME, REGION
from tests.shared.memory_view import MemoryView

ABSENT = KeyName(REGION, ACCOUNT, "00000000-0000-4000-8000-000000000000")
NAMED = with_terms(name="invoices")


def made(view: MemoryView, command: CreateGrant) -> str:
    decision = create_grant(command, view)
    view.apply(decision.events)
    return decision.answer


def test_a_grant_says_all_that_was_asked_and_rests_on_itself_alone() -> None:
    view = view_with_grants()
    command = with_terms(
        operations=("RetireGrant", "Decrypt"),
        retiring_principal=ALICE,
        encryption_context_subset=(("b", "1"), ("a", "2")),
        source_arn=SOURCE,
    )
    decision = create_grant(command, view)
    (created,) = decision.events
    assert created == GrantCreated(
        ACCOUNT,
        KEY_ID,
        GRANT_ID,
        view.time,
        ACCOUNT,
        ("Decrypt", "RetireGrant"),
        "",
        BOB,
        None,
        ALICE,
        None,
        None,
        (("a", "2"), ("b", "1")),
        SOURCE,
    )
    assert (decision.answer, decision.rests_on, decision.shared_events) == (GRANT_ID, (), ())


@pytest.mark.parametrize(
    ("command", "key", "error", "text"),
    [
        (CREATE._replace(key=ABSENT), {}, NotFound, f"Key 'arn:aws:kms:{REGION}:{ACCOUNT}:key/{ABSENT.key_id}'"),
        (CREATE, {"state": None}, NotFound, "Key 'arn:"),
        (CREATE, {"state": "Disabled"}, KeyDisabled, "arn:"),
        (CREATE, {"state": "PendingDeletion"}, InvalidKeyState, "arn:"),
        (CREATE, {"state": "PendingImport"}, InvalidKeyState, "arn:"),
        (CREATE, {"state": "Creating"}, InvalidKeyState, "arn:"),
        (with_terms(operations=("Sign",)), {}, ValidationFailed, "The operations [Sign] are not supported"),
        (with_terms(operations=()), {}, ValidationFailed, "1 validation error detected"),
        (with_terms(grantee_principal="*"), {}, InvalidArn, "ARN does not refer"),
        # What breaks first is said first: parameters, the key, its state, its kind.
        (with_terms(operations=())._replace(key=ABSENT), {}, ValidationFailed, "1 validation error detected"),
        (with_terms(operations=("Sign",)), {"state": "Disabled"}, KeyDisabled, "arn:"),
        (CREATE._replace(grants_per_key=0), {"state": "Disabled"}, KeyDisabled, "arn:"),
        (CREATE._replace(grants_per_key=0), {}, LimitExceeded, "The key has 0 grants, of 0 that its quota allows."),
    ],
)
def test_grants_that_are_refused(
    command: CreateGrant, key: dict[str, object], error: type[KeytideError], text: str
) -> None:
    view = view_with_grants()
    change_key(view, **key)
    with pytest.raises(error) as refused:
        create_grant(command, view)
    assert refused.value.message.startswith(text)


@pytest.mark.parametrize("state", ["Unavailable", "Updating", "Enabled"])
def test_keys_that_cannot_be_used_just_now_take_grants(state: str) -> None:
    view = view_with_grants()
    change_key(view, state=state)
    assert create_grant(CREATE, view).events


def test_the_same_name_and_terms_are_the_same_grant() -> None:
    view = view_with_grants()
    first = made(view, NAMED)
    again = create_grant(NAMED._replace(grant_id="cd" * 32), view)
    assert (again.events, again.answer) == ((), first)
    assert first != GRANT_ID
    assert len(first) == 64
    reordered = with_terms(name="invoices", operations=("Decrypt", "Encrypt", "Decrypt"))
    assert create_grant(reordered, view).answer == first


@pytest.mark.parametrize(
    "command",
    [
        with_terms(name="invoice"),
        with_terms(name="invoices", operations=("Decrypt",)),
        with_terms(name="invoices", grantee_principal=ALICE),
        with_terms(name="invoices", retiring_principal=ALICE),
        with_terms(name="invoices", encryption_context_equals=()),
        with_terms(name="invoices", encryption_context_subset=()),
        with_terms(name="invoices", source_arn=SOURCE),
        NAMED._replace(issuing_account="444455556666"),
    ],
)
def test_other_terms_are_another_grant(command: CreateGrant) -> None:
    view = view_with_grants()
    assert made(view, command) != made(view, NAMED)
    assert len(list(view.grants(ACCOUNT, KEY_ID, ""))) == 2


def test_without_a_name_each_grant_is_another() -> None:
    view = view_with_grants(CREATE)
    assert made(view, CREATE._replace(grant_id="cd" * 32)) == "cd" * 32
    assert len(list(view.grants(ACCOUNT, KEY_ID, ""))) == 2


def test_two_requests_for_one_named_grant_touch_one_stream() -> None:
    """Decided against the same state, the second is void, and then finds the first."""
    view = view_with_grants()
    first, second = create_grant(NAMED, view), create_grant(NAMED._replace(grant_id="cd" * 32), view)
    assert first.events == second.events


def test_a_named_grant_that_is_gone_comes_back_under_another_id() -> None:
    view = view_with_grants()
    ids = []
    for _ in range(9):
        ids.append(made(view, NAMED))
        assert create_grant(NAMED, view).answer == ids[-1]
        view.apply(revoke_grant(GrantName(NAME, ids[-1]), view).events)
    assert len(set(ids)) == 9
    assert list(view.grants(ACCOUNT, KEY_ID, "")) == []


def test_the_next_id_of_a_name_is_found_with_few_looks() -> None:
    view, looks = view_with_grants(), []
    revision = view.revision

    def counted(stream: str) -> int:
        looks.append(stream)
        return revision(stream)

    for _ in range(300):
        view.apply(revoke_grant(GrantName(NAME, made(view, NAMED)), view).events)
    view.revision = counted  # type: ignore[method-assign]
    create_grant(NAMED, view)
    assert len(looks) < 25


def test_grants_are_retired_and_revoked_by_their_names() -> None:
    view = view_with_grants(CREATE)
    assert retire_grant(GRANT, view).events == (GrantRetired(ACCOUNT, KEY_ID, GRANT_ID),)
    decision = revoke_grant(GRANT, view)
    assert decision.events == (GrantRevoked(ACCOUNT, KEY_ID, GRANT_ID),)
    view.apply(decision.events)
    assert view.grant(ACCOUNT, KEY_ID, GRANT_ID) is None
    assert view.revision(grant_stream(ACCOUNT, KEY_ID, GRANT_ID)) == 2


@pytest.mark.parametrize("end", [retire_grant, revoke_grant])
@pytest.mark.parametrize(
    ("name", "error"),
    [
        (GRANT._replace(grant_id="cd" * 32), NotFound),
        (GRANT._replace(key=ABSENT), NotFound),
        (GRANT._replace(grant_id="AB" * 32), InvalidGrantId),
        (GRANT._replace(grant_id="ab" * 31), InvalidGrantId),
        (GRANT._replace(grant_id="ab" * 32 + "\n"), InvalidGrantId),
    ],
)
def test_what_is_no_grant_cannot_end(end: type, name: GrantName, error: type[KeytideError]) -> None:
    with pytest.raises(error):
        end(name, view_with_grants(CREATE))


@pytest.mark.parametrize("state", ["Disabled", "PendingDeletion", "PendingReplicaDeletion", "PendingImport"])
def test_a_grant_can_end_in_every_state_of_its_key(state: str) -> None:
    view = view_with_grants(CREATE)
    change_key(view, state=state)
    assert retire_grant(GRANT, view).events
    assert revoke_grant(GRANT, view).events


def test_a_grant_is_good_for_one_life_of_its_key() -> None:
    """A replica that was deleted and made again is held since another moment."""
    view = view_with_grants(CREATE, NAMED)
    named = create_grant(NAMED, view).answer
    change_key(view, state=None)
    assert standing_grant(view, GRANT) is None
    change_key(view, state="Enabled", created_at=view.time + 1)
    assert standing_grant(view, GRANT) is None
    with pytest.raises(NotFound):
        revoke_grant(GRANT, view)
    assert made(view, NAMED) != named


def test_the_grants_of_a_key_that_goes_are_revoked_in_batches() -> None:
    ids = [f"{number:064x}" for number in range(BATCH + 7)]
    view = view_with_grants(*(CREATE._replace(grant_id=grant_id) for grant_id in ids))
    change_key(view, state="PendingDeletion", created_at=view.time + 1)  # also those of an earlier life
    rounds = []
    while (decision := revoke_grants_of(NAME, view)).events:
        assert decision.rests_on == (key_stream(ACCOUNT, KEY_ID),)
        rounds.append(len(decision.events))
        view.apply(decision.events)
    assert rounds == [BATCH, 7]
    assert decision.rests_on == ()
    assert list(view.grants(ACCOUNT, KEY_ID, "")) == []


def test_near_its_quota_a_keys_grants_are_counted_exactly() -> None:
    ids = [f"{number * 2**32 // 300:08x}".ljust(64, "0") for number in range(300)]
    view = view_with_grants(*(CREATE._replace(grant_id=grant_id) for grant_id in ids))
    assert create_grant(CREATE._replace(grants_per_key=301), view).events
    with pytest.raises(LimitExceeded, match=r"The key has 300 grants, of 300 that its quota allows."):
        create_grant(CREATE._replace(grants_per_key=300), view)


CONTEXT = (("Tenant", "Blue"),)
ROOT_OF_BOB = "arn:aws:iam::444455556666:root"


@pytest.mark.parametrize(
    ("terms", "way"),
    [
        ({}, Retiring.NOTHING),
        ({"operations": ("Decrypt", "RetireGrant")}, Retiring.NAMED),
        ({"operations": ("Decrypt", "RetireGrant"), "grantee_principal": ROOT_OF_BOB}, Retiring.ACCOUNT),
        ({"operations": ("Decrypt", "RetireGrant"), "grantee_principal": ALICE}, Retiring.NOTHING),
        ({"grantee_principal": ALICE, "retiring_principal": BOB}, Retiring.NAMED),
        ({"grantee_principal": ALICE, "retiring_principal": ROOT_OF_BOB}, Retiring.ACCOUNT),
        ({"grantee_principal": ALICE, "retiring_principal": BOB + "by"}, Retiring.NOTHING),
        ({"grantee_principal": ALICE, "retiring_principal": "arn:aws:iam::444455556666:role/bob"}, Retiring.NOTHING),
        ({"grantee_principal": ALICE}, Retiring.NOTHING),
    ],
)
def test_whom_the_grant_itself_lets_retire_it(terms: dict[str, object], way: Retiring) -> None:
    grant = grant_in(view_with_grants(with_terms(**terms)))
    assert retiring(grant, Principal(PrincipalKind.USER, "444455556666", BOB)) is way


@pytest.mark.parametrize(
    ("parent", "child", "within"),
    [
        ({}, {}, True),
        ({"operations": ("CreateGrant", "Decrypt")}, {"operations": ("Decrypt",)}, True),
        ({"operations": ("CreateGrant", "Decrypt")}, {"operations": ("Decrypt", "Encrypt")}, False),
        ({"encryption_context_equals": CONTEXT}, {"encryption_context_equals": CONTEXT}, True),
        ({"encryption_context_equals": CONTEXT}, {"encryption_context_subset": CONTEXT}, False),
        ({"encryption_context_equals": CONTEXT}, {}, False),
        ({"encryption_context_subset": CONTEXT}, {"encryption_context_equals": (*CONTEXT, ("z", "1"))}, True),
        ({"encryption_context_subset": CONTEXT}, {"encryption_context_subset": (*CONTEXT, ("z", "1"))}, True),
        ({"encryption_context_subset": CONTEXT}, {"encryption_context_subset": (("z", "1"),)}, False),
        ({"source_arn": SOURCE}, {"source_arn": SOURCE}, True),
        ({"source_arn": SOURCE}, {}, False),
        ({}, {"source_arn": SOURCE}, True),
    ],
)
def test_a_grant_made_through_a_grant_gives_no_more(
    parent: dict[str, object], child: dict[str, object], within: bool
) -> None:
    grant = grant_in(view_with_grants(with_terms(**parent)))
    assert is_within(with_terms(**child).terms, grant) is within


def test_terms_survive_the_fold() -> None:
    grant = grant_in(view_with_grants(with_terms(encryption_context_equals=(), source_arn=SOURCE)))
    assert grant._asdict() == {
        **TERMS._asdict(),
        "operations": ("Decrypt", "Encrypt"),
        "account": ACCOUNT,
        "key_id": KEY_ID,
        "grant_id": GRANT_ID,
        "key_created_at": MemoryView(REGION).time,
        "issuing_account": ACCOUNT,
        "encryption_context_equals": (),
        "source_arn": SOURCE,
        "created_at": MemoryView(REGION).time,
        "given_in": (),
    }
