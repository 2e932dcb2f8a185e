"""Grants and commands that the tests share."""

from shared.grants import decide
from shared.grants.commands import CreateGrant, GrantName
from shared.grants.model import Grant
from shared.grants.terms import GrantTerms
from shared.identifiers import key_stream
from tests.shared.keys.examples import ACCOUNT, KEY_ID, NAME, SINGLE, view_with
from tests.shared.memory_view import MemoryView

BOB = "arn:aws:iam::444455556666:user/bob"
SERVICE = "a.service.example"
SOURCE = "arn:aws:s3:us-east-1:111122223333:bucket"
GRANT_ID = "ab" * 32
TERMS = GrantTerms(("Encrypt", "Decrypt"), grantee_principal=BOB)
CREATE = CreateGrant(NAME, GRANT_ID, ACCOUNT, TERMS, 50_000)
GRANT = GrantName(NAME, GRANT_ID)


def with_terms(**terms: object) -> CreateGrant:
    return CREATE._replace(terms=TERMS._replace(**terms))  # type: ignore[arg-type]


def view_with_grants(*commands: CreateGrant) -> MemoryView:
    view = view_with(SINGLE)
    for command in commands:
        view.apply(decide.create_grant(command, view).events)
    return view


def grant_in(view: MemoryView, grant_id: str = GRANT_ID) -> Grant:
    grant = view.grant(ACCOUNT, KEY_ID, grant_id)
    assert grant is not None
    return grant


def change_key(view: MemoryView, **fields: object) -> None:
    key = view.key(ACCOUNT, KEY_ID)
    assert key is not None
    view.states[key_stream(ACCOUNT, KEY_ID)] = key._replace(**fields)  # type: ignore[arg-type]
