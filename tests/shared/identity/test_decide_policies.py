"""Inline and managed policies, boundaries, tags and identity providers."""

import pytest

from shared.decision import Decision
from shared.errors import KeytideError, ValidationFailed
from shared.identity import decide_policies as decide
from shared.identity import decide_providers
from shared.identity.commands import (
    AddClientId,
    CreateOidcProvider,
    DeleteOidcProvider,
    RemoveClientId,
    UpdateThumbprints,
)
from shared.identity.errors import (
    DeleteConflict,
    EntityAlreadyExists,
    IdentityLimitExceeded,
    InvalidInput,
    MalformedPolicyDocument,
    NoSuchEntity,
)
from shared.identity.finding import find_policy, provider_at, role_named, user_named
from shared.identity.policy_commands import (
    AttachPolicy,
    CreatePolicy,
    CreatePolicyVersion,
    DeleteBoundary,
    DeleteInlinePolicy,
    DeletePolicy,
    DeletePolicyVersion,
    DetachPolicy,
    Named,
    PutBoundary,
    PutInlinePolicy,
    SetDefaultPolicyVersion,
    TagEntity,
    UntagEntity,
)
from shared.identity.policy_events import PolicyAttached
from tests.shared.identity.examples import (
    ACCOUNT,
    ALLOW,
    POLICY_ARN,
    READ_ONLY,
    WHERE,
    Decide,
    Home,
    account_with_all,
)

ALICE, ADMINS, BACKUP = Named("user", "ALICE"), Named("group", "admins"), Named("role", "backup")
KEYS = Named("policy", POLICY_ARN)
URL = "https://issuer.example.com/a"
PROVIDER_ARN = f"arn:aws:iam::{ACCOUNT}:oidc-provider/issuer.example.com/a"
OTHERS = "arn:aws:iam::444455556666:policy/Keys"
THUMBPRINT = "ab" * 20


def padded(size: int) -> str:
    """A policy of so many characters that count."""
    return ALLOW.replace('"kms:*"', f'"kms:{"a" * (size - len(ALLOW) + 1)}"')


def test_an_inline_policy_is_put_over_its_like() -> None:
    home = account_with_all()
    for entity in (ALICE, ADMINS, BACKUP):
        home.do(decide.put_inline_policy, PutInlinePolicy(*WHERE, entity, "p", ALLOW))
    home.do(decide.put_inline_policy, PutInlinePolicy(*WHERE, ALICE, "p", ALLOW + " "))
    home.do(decide.put_inline_policy, PutInlinePolicy(*WHERE, ALICE, "a", ALLOW))
    assert user_named(home.peer, ACCOUNT, "alice").inline == (("a", ALLOW), ("p", ALLOW + " "))
    assert role_named(home.peer, ACCOUNT, "Backup").inline == (("p", ALLOW),)


@pytest.mark.parametrize(("entity", "maximum"), [(ALICE, 2_048), (ADMINS, 5_120), (BACKUP, 10_240)])
def test_inline_policies_share_one_maximum(entity: Named, maximum: int) -> None:
    home, half = account_with_all(), padded(maximum // 2)
    home.do(decide.put_inline_policy, PutInlinePolicy(*WHERE, entity, "a", half + "\n" * 99))
    home.do(decide.put_inline_policy, PutInlinePolicy(*WHERE, entity, "a", half))
    home.do(decide.put_inline_policy, PutInlinePolicy(*WHERE, entity, "b", half))
    for document in (padded(maximum // 2 + 1), padded(maximum + 1)):
        with pytest.raises(IdentityLimitExceeded):
            decide.put_inline_policy(PutInlinePolicy(*WHERE, entity, "b", document), home.view)


def test_ten_policies_are_attached_once_each() -> None:
    home = account_with_all()
    home.do(decide.attach_policy, AttachPolicy(*WHERE, ALICE, POLICY_ARN))
    home.do(decide.attach_policy, AttachPolicy(*WHERE, ALICE, READ_ONLY))
    assert user_named(home.peer, ACCOUNT, "alice").attached == (POLICY_ARN, READ_ONLY)
    assert decide.attach_policy(AttachPolicy(*WHERE, ALICE, POLICY_ARN), home.view) == Decision(())
    home.view.apply(PolicyAttached(ACCOUNT, "user/alice", f"{READ_ONLY}{number}") for number in range(8))
    with pytest.raises(IdentityLimitExceeded) as refused:
        decide.attach_policy(AttachPolicy(*WHERE, ALICE, "arn:aws:iam::aws:policy/IAMFullAccess"), home.view)
    assert refused.value.message == "Cannot exceed quota for PoliciesPerUser: 10"
    home.do(decide.detach_policy, DetachPolicy(*WHERE, ALICE, READ_ONLY))
    assert READ_ONLY not in user_named(home.view, ACCOUNT, "alice").attached


def test_a_boundary_is_put_and_taken_away() -> None:
    home = account_with_all()
    for entity in (ALICE, BACKUP):
        home.do(decide.put_boundary, PutBoundary(*WHERE, entity, POLICY_ARN))
    assert user_named(home.peer, ACCOUNT, "alice").boundary == POLICY_ARN
    assert role_named(home.peer, ACCOUNT, "Backup").boundary == POLICY_ARN
    home.do(decide.delete_boundary, DeleteBoundary(*WHERE, ALICE))
    assert user_named(home.peer, ACCOUNT, "alice").boundary is None
    assert decide.delete_boundary(DeleteBoundary(*WHERE, ALICE), home.view) == Decision(())


def version(document: str = ALLOW, set_as_default: bool = False) -> CreatePolicyVersion:
    return CreatePolicyVersion(*WHERE, POLICY_ARN, document, set_as_default)


def test_versions_are_numbered_for_ever_and_one_is_in_force() -> None:
    home = account_with_all()
    assert home.do(decide.create_policy_version, version(ALLOW + " ")).answer == "v2"
    policy = find_policy(home.peer, ACCOUNT, POLICY_ARN)
    assert policy is not None
    assert (policy.default, policy.document) == (1, ALLOW)
    home.do(decide.set_default_policy_version, SetDefaultPolicyVersion(*WHERE, POLICY_ARN, "v2"))
    home.do(decide.delete_policy_version, DeletePolicyVersion(*WHERE, POLICY_ARN, "v1"))
    assert home.do(decide.create_policy_version, version(ALLOW, set_as_default=True)).answer == "v3"
    home.do(decide.delete_policy_version, DeletePolicyVersion(*WHERE, POLICY_ARN, "v2"))
    assert home.do(decide.create_policy_version, version()).answer == "v4"
    policy = find_policy(home.peer, ACCOUNT, POLICY_ARN)
    assert policy is not None
    assert ([each.number for each in policy.versions], policy.default, policy.document) == ([3, 4], 3, ALLOW)


def test_a_policy_has_five_versions() -> None:
    home = account_with_all()
    for _ in range(4):
        home.do(decide.create_policy_version, version())
    with pytest.raises(IdentityLimitExceeded, match="up to 5 versions"):
        decide.create_policy_version(version(), home.view)


def test_what_is_used_or_has_versions_is_not_deleted() -> None:
    home, delete = account_with_all(), DeletePolicy(*WHERE, POLICY_ARN)
    home.do(decide.attach_policy, AttachPolicy(*WHERE, ADMINS, POLICY_ARN))
    home.do(decide.put_boundary, PutBoundary(*WHERE, BACKUP, POLICY_ARN))
    home.do(decide.create_policy_version, version())
    undone: tuple[tuple[str, Decide, object], ...] = (
        ("attached to entities", decide.detach_policy, DetachPolicy(*WHERE, ADMINS, POLICY_ARN)),
        ("attached to entities", decide.delete_boundary, DeleteBoundary(*WHERE, BACKUP)),
        ("more than one version", decide.delete_policy_version, DeletePolicyVersion(*WHERE, POLICY_ARN, "v2")),
    )
    for message, undo, command in undone:
        with pytest.raises(DeleteConflict, match=message):
            decide.delete_policy(delete, home.view)
        home.do(undo, command)
    home.do(decide.delete_policy, delete)
    assert find_policy(home.peer, ACCOUNT, POLICY_ARN) is None


@pytest.mark.parametrize(
    ("decide_", "command", "refusal", "message"),
    [
        (decide.put_inline_policy, PutInlinePolicy(*WHERE, ALICE, "p", "{}"), MalformedPolicyDocument, None),
        (decide.put_inline_policy, PutInlinePolicy(*WHERE, Named("user", "bob"), "p", ALLOW), NoSuchEntity, None),
        (decide.put_inline_policy, PutInlinePolicy(*WHERE, KEYS, "p", ALLOW), InvalidInput, None),
        (decide.delete_inline_policy, DeleteInlinePolicy(*WHERE, ALICE, "p"), NoSuchEntity,
         "The user policy with name p cannot be found."),
        (decide.attach_policy, AttachPolicy(*WHERE, ALICE, POLICY_ARN + "x"), NoSuchEntity,
         f"Policy {POLICY_ARN}x does not exist or is not attachable."),
        (decide.attach_policy, AttachPolicy(*WHERE, ALICE, OTHERS), NoSuchEntity, None),
        (decide.attach_policy, AttachPolicy(*WHERE, ALICE, READ_ONLY + "x"), NoSuchEntity, None),
        (decide.attach_policy, AttachPolicy(*WHERE, ALICE, "nonsense"), ValidationFailed, "ARN nonsense is not valid."),
        (decide.detach_policy, DetachPolicy(*WHERE, ALICE, POLICY_ARN), NoSuchEntity,
         f"Policy {POLICY_ARN} was not found."),
        (decide.put_boundary, PutBoundary(*WHERE, ADMINS, POLICY_ARN), InvalidInput, None),
        (decide.put_boundary, PutBoundary(*WHERE, ALICE, OTHERS), NoSuchEntity, None),
        (decide.create_policy, CreatePolicy(*WHERE, "KEYS", "ANPA", ALLOW), EntityAlreadyExists,
         "A policy called KEYS already exists. Duplicate names are not allowed."),
        (decide.create_policy, CreatePolicy(*WHERE, "p", "ANPA", "nonsense"), MalformedPolicyDocument, None),
        (decide.create_policy, CreatePolicy(*WHERE, "p", "ANPA", padded(6_145)), IdentityLimitExceeded, None),
        (decide.delete_policy, DeletePolicy(*WHERE, READ_ONLY), InvalidInput, "Policy is outside your own account."),
        (decide.delete_policy, DeletePolicy(*WHERE, OTHERS), InvalidInput, None),
        (decide.delete_policy, DeletePolicy(*WHERE, POLICY_ARN.replace("/team", "")), NoSuchEntity, None),
        (decide.create_policy_version, version("{}"), MalformedPolicyDocument, None),
        (decide.delete_policy_version, DeletePolicyVersion(*WHERE, POLICY_ARN, "v1"), DeleteConflict,
         "Cannot delete the default version of a policy."),
        (decide.delete_policy_version, DeletePolicyVersion(*WHERE, POLICY_ARN, "v2"), NoSuchEntity, None),
        (decide.set_default_policy_version, SetDefaultPolicyVersion(*WHERE, POLICY_ARN, "2"), NoSuchEntity, None),
        (decide.tag_entity, TagEntity(*WHERE, ADMINS, (("a", "1"),)), InvalidInput, None),
        (decide.tag_entity, TagEntity(*WHERE, Named("role", "none"), (("a", "1"),)), NoSuchEntity, None),
        (decide_providers.create_oidc_provider, CreateOidcProvider(*WHERE, "http://a"), InvalidInput, None),
        (decide_providers.create_oidc_provider, CreateOidcProvider(*WHERE, "https://a?b"), InvalidInput, None),
        (decide_providers.create_oidc_provider, CreateOidcProvider(*WHERE, URL, (), ("ab",)), InvalidInput, None),
        (decide_providers.create_oidc_provider, CreateOidcProvider(*WHERE, URL, (), (THUMBPRINT,) * 6), InvalidInput,
         None),
        (decide_providers.create_oidc_provider, CreateOidcProvider(*WHERE, URL, tuple(map(str, range(101)))),
         IdentityLimitExceeded, None),
        (decide_providers.delete_oidc_provider, DeleteOidcProvider(*WHERE, PROVIDER_ARN), NoSuchEntity,
         f"OpenIDConnect Provider not found for arn {PROVIDER_ARN}"),
    ],
)  # fmt: skip
def test_refusals(decide_: Decide, command: object, refusal: type[KeytideError], message: str | None) -> None:
    with pytest.raises(refusal) as refused:
        decide_(command, account_with_all().view)
    assert message is None or refused.value.message == message


def test_tags_are_told_apart_regardless_of_case() -> None:
    home = account_with_all()
    home.do(decide_providers.create_oidc_provider, CreateOidcProvider(*WHERE, URL))
    for entity in (ALICE, BACKUP, KEYS, Named("oidc-provider", PROVIDER_ARN)):
        home.do(decide.tag_entity, TagEntity(*WHERE, entity, (("Team", "1"), ("cost", "2"))))
        home.do(decide.tag_entity, TagEntity(*WHERE, entity, (("TEAM", "3"), ("b", ""))))
        home.do(decide.untag_entity, UntagEntity(*WHERE, entity, ("COST", "none")))
        assert decide.untag_entity(UntagEntity(*WHERE, entity, ("none",)), home.view) == Decision(())
    policy = find_policy(home.peer, ACCOUNT, POLICY_ARN)
    assert policy is not None
    tagged = (user_named(home.peer, ACCOUNT, "alice"), role_named(home.peer, ACCOUNT, "Backup"), policy)
    assert {each.tags for each in tagged} == {(("TEAM", "3"), ("b", ""))}
    assert provider_at(home.peer, ACCOUNT, PROVIDER_ARN).tags == policy.tags


def test_a_provider_from_creation_to_deletion() -> None:
    home = Home()
    home.do(decide_providers.create_oidc_provider, CreateOidcProvider(*WHERE, URL, ("one",), (THUMBPRINT,)))
    with pytest.raises(EntityAlreadyExists, match=f"Provider with url {URL} already exists"):
        decide_providers.create_oidc_provider(CreateOidcProvider(*WHERE, URL), home.view)
    home.do(decide_providers.add_client_id, AddClientId(*WHERE, PROVIDER_ARN, "two"))
    assert decide_providers.add_client_id(AddClientId(*WHERE, PROVIDER_ARN, "two"), home.view) == Decision(())
    home.do(decide_providers.remove_client_id, RemoveClientId(*WHERE, PROVIDER_ARN, "one"))
    assert decide_providers.remove_client_id(RemoveClientId(*WHERE, PROVIDER_ARN, "one"), home.view) == Decision(())
    home.do(decide_providers.update_thumbprints, UpdateThumbprints(*WHERE, PROVIDER_ARN, ()))
    provider = provider_at(home.peer, ACCOUNT, PROVIDER_ARN)
    assert (provider.client_ids, provider.thumbprints) == (("two",), ())
    home.do(decide_providers.delete_oidc_provider, DeleteOidcProvider(*WHERE, PROVIDER_ARN))
    with pytest.raises(NoSuchEntity):
        provider_at(home.peer, ACCOUNT, PROVIDER_ARN)
