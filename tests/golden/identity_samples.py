"""The released forms of identities: a part of `samples.py`."""

from collections.abc import Mapping

from shared import events as e
from shared.evolve import State
from shared.identity import account_events as accounts
from shared.identity import events as principals
from shared.identity import policy_events as policies
from shared.identity.model import (
    AccessKey,
    Account,
    Group,
    OidcProvider,
    Policy,
    PolicyVersion,
    Role,
    ServiceControl,
    User,
)
from shared.identity.restating import restating

ACCOUNT = "111122223333"
TAGS = (("cost", "1"), ("team", "ü"))
GROUP_ID, POLICY_ARN = "AGPAEXAMPLE", f"arn:aws:iam::{ACCOUNT}:policy/a/Policy"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
DOCUMENT, URL = '{"Version":"2012-10-17"}', "token.example.com/path"
REGIONS = ("eu-west-1", "us-east-1")

IDENTITY_EVENTS: Mapping[str, e.Event] = {
    "event-40-account-created-with-a-stand-by": e.AccountCreated(ACCOUNT, "us-east-1", "name", "eu-west-1"),
    "event-41-user-created-with-all": e.UserCreated(ACCOUNT, "User", "AIDAEXAMPLE", "/a/", TAGS, POLICY_ARN),
    "event-42-access-key-created-to-a-stand-by": e.AccessKeyCreated(
        ACCOUNT, "user", "AKIAEXAMPLE", None, {"eu-west-1": b"sealed"}, held_in=REGIONS
    ),
    "event-42-access-key-created-of-a-service": e.AccessKeyCreated(
        ACCOUNT, "", "AKIAEXAMPLE", b"wrapped", service_principal="backup.example.com", held_in=("us-east-1",)
    ),
    "event-44-account-stand-by-updated": accounts.AccountStandByUpdated(ACCOUNT, "eu-west-1"),
    "event-44-account-stand-by-taken-away": accounts.AccountStandByUpdated(ACCOUNT, None),
    "event-160-account-synchronous-set": accounts.AccountSynchronousSet(ACCOUNT, 2),
    "event-64-account-home-moved": accounts.AccountHomeMoved(ACCOUNT, "eu-west-1", 1, "us-east-1"),
    "event-64-account-home-taken": accounts.AccountHomeMoved(ACCOUNT, "eu-west-1", 2, None, forced=True),
    "event-64-account-home-taken-of-a-region": accounts.AccountHomeMoved(
        ACCOUNT, "eu-west-1", 2, None, forced=True, former_region="us-east-1"
    ),
    "event-215-home-change-settled": accounts.HomeChangeSettled(ACCOUNT, "us-east-1", 7),
    "event-215-home-change-done-again": accounts.HomeChangeSettled(ACCOUNT, "us-east-1", 7, True),
    "event-216-entity-restated": restating(
        ACCOUNT, f"user/{ACCOUNT}/user", User(ACCOUNT, "User", "AIDAEXAMPLE", 5, "/a/", TAGS, (), (), (), POLICY_ARN)
    ),
    "event-216-entity-restated-as-gone": accounts.EntityRestated(ACCOUNT, f"role/{ACCOUNT}/role"),
    "event-65-access-key-secret-given": accounts.AccessKeySecretGiven(ACCOUNT, "AKIAEXAMPLE", REGIONS),
    "event-65-access-key-secret-given-shared": accounts.AccessKeySecretGiven(
        ACCOUNT, "AKIAEXAMPLE", REGIONS, {"eu-west-1": b"sealed"}
    ),
    "event-66-service-control-policy-put": accounts.ServiceControlPolicyPut(ACCOUNT, "root", "name", DOCUMENT),
    "event-67-service-control-policy-removed": accounts.ServiceControlPolicyRemoved(ACCOUNT, "root", "name"),
    "event-68-access-key-status-updated": accounts.AccessKeyStatusUpdated(ACCOUNT, "AKIAEXAMPLE", "Inactive"),
    "event-69-access-key-owner-renamed": accounts.AccessKeyOwnerRenamed(ACCOUNT, "AKIAEXAMPLE", "other"),
    "event-70-access-key-deleted": accounts.AccessKeyDeleted(ACCOUNT, "AKIAEXAMPLE"),
    "event-71-user-updated": principals.UserUpdated(ACCOUNT, "USER", "/b/"),
    "event-72-user-deleted": principals.UserDeleted(ACCOUNT, "user"),
    "event-72-user-deleted-by-a-new-name": principals.UserDeleted(ACCOUNT, "user", "other"),
    "event-73-user-took-name": principals.UserTookName(
        ACCOUNT,
        "other",
        "AIDAEXAMPLE",
        5,
        "/a/",
        TAGS,
        (("inline", DOCUMENT),),
        (POLICY_ARN,),
        (GROUP_ID,),
        ADMINISTRATOR,
    ),
    "event-74-user-added-to-group": principals.UserAddedToGroup(ACCOUNT, "user", GROUP_ID),
    "event-75-user-removed-from-group": principals.UserRemovedFromGroup(ACCOUNT, "user", GROUP_ID),
    "event-76-group-created": principals.GroupCreated(ACCOUNT, GROUP_ID, "Group", "/a/"),
    "event-77-group-updated": principals.GroupUpdated(ACCOUNT, GROUP_ID, "Other", "/"),
    "event-78-group-deleted": principals.GroupDeleted(ACCOUNT, GROUP_ID),
    "event-79-role-created": principals.RoleCreated(
        ACCOUNT, "Role", "AROAEXAMPLE", DOCUMENT, "/a/", "text", 43_200, TAGS, POLICY_ARN
    ),
    "event-79-role-created-least": principals.RoleCreated(ACCOUNT, "Role", "AROAEXAMPLE", DOCUMENT),
    "event-80-role-updated": principals.RoleUpdated(ACCOUNT, "role", "text", 7_200),
    "event-81-role-trust-policy-updated": principals.RoleTrustPolicyUpdated(ACCOUNT, "role", DOCUMENT),
    "event-82-role-deleted": principals.RoleDeleted(ACCOUNT, "role"),
    "event-83-oidc-provider-created": principals.OidcProviderCreated(ACCOUNT, URL, ("client",), ("ab" * 20,), TAGS),
    "event-84-oidc-provider-updated": principals.OidcProviderUpdated(ACCOUNT, URL, ("client", "other"), ()),
    "event-85-oidc-provider-deleted": principals.OidcProviderDeleted(ACCOUNT, URL),
    "event-86-inline-policy-put": policies.InlinePolicyPut(ACCOUNT, "user/user", "inline", DOCUMENT),
    "event-87-inline-policy-deleted": policies.InlinePolicyDeleted(ACCOUNT, f"group/{GROUP_ID}", "inline"),
    "event-88-policy-attached": policies.PolicyAttached(ACCOUNT, "role/role", POLICY_ARN),
    "event-89-policy-detached": policies.PolicyDetached(ACCOUNT, "role/role", ADMINISTRATOR),
    "event-90-boundary-updated": policies.BoundaryUpdated(ACCOUNT, "role/role", POLICY_ARN),
    "event-90-boundary-taken-away": policies.BoundaryUpdated(ACCOUNT, "user/user", None),
    "event-91-entity-tagged": policies.EntityTagged(ACCOUNT, "policy/policy", TAGS),
    "event-92-entity-untagged": policies.EntityUntagged(ACCOUNT, f"oidc-provider/{URL}", ("cost",)),
    "event-93-policy-created": policies.PolicyCreated(ACCOUNT, "Policy", "ANPAEXAMPLE", DOCUMENT, "/a/", "text", TAGS),
    "event-94-policy-version-created": policies.PolicyVersionCreated(ACCOUNT, "policy", 2, DOCUMENT, True),
    "event-95-policy-version-deleted": policies.PolicyVersionDeleted(ACCOUNT, "policy", 1),
    "event-96-policy-default-version-set": policies.PolicyDefaultVersionSet(ACCOUNT, "policy", 2),
    "event-97-policy-deleted": policies.PolicyDeleted(ACCOUNT, "policy"),
}

IDENTITY_STATES: Mapping[str, tuple[int, State | None, bool]] = {
    "row-account-that-is-synchronous": (3, Account(ACCOUNT, "us-east-1", "name", 5, 0, None, 2), False),
    "row-account-that-was-taken": (
        4,
        Account(
            ACCOUNT,
            "eu-west-1",
            "name",
            5,
            1,
            None,
            0,
            (("us-east-1", 7, "eu-west-1", 3),),
            (("us-east-1", 9, True, "eu-west-1", 4),),
        ),
        False,
    ),
    "row-account-with-a-stand-by": (2, Account(ACCOUNT, "us-east-1", "name", 5, 1, "eu-west-1"), False),
    "row-user-with-all": (
        3,
        User(
            ACCOUNT, "User", "AIDAEXAMPLE", 5, "/a/", TAGS, (("inline", DOCUMENT),), (POLICY_ARN,), (GROUP_ID,), "arn"
        ),
        False,
    ),
    "row-access-key-of-a-service": (
        2,
        AccessKey(ACCOUNT, "", "AKIA", 5, b"w", None, (), "Inactive", "backup.example.com", REGIONS),
        False,
    ),
    "row-group": (2, Group(ACCOUNT, GROUP_ID, "Group", "/", 5), False),
    "row-group-with-all": (
        2,
        Group(ACCOUNT, GROUP_ID, "Group", "/", 5, (("inline", DOCUMENT),), (POLICY_ARN,)),
        False,
    ),
    "row-role": (1, Role(ACCOUNT, "Role", "AROAEXAMPLE", 5, DOCUMENT), False),
    "row-role-with-all": (
        1,
        Role(
            ACCOUNT,
            "Role",
            "AROAEXAMPLE",
            5,
            DOCUMENT,
            "/a/",
            "text",
            43_200,
            TAGS,
            (("inline", DOCUMENT),),
            (POLICY_ARN,),
            ADMINISTRATOR,
        ),
        False,
    ),
    "row-policy": (
        2,
        Policy(
            ACCOUNT,
            "Policy",
            "ANPAEXAMPLE",
            5,
            6,
            2,
            3,
            (PolicyVersion(2, 5, DOCUMENT), PolicyVersion(3, 6, DOCUMENT)),
            "/a/",
            "text",
            TAGS,
        ),
        False,
    ),
    "row-oidc-provider": (1, OidcProvider(ACCOUNT, URL, 5, ("client",), ("ab" * 20,), TAGS), False),
    "row-service-control": (
        1,
        ServiceControl(ACCOUNT, (("root", "name", DOCUMENT), ("account", "name", DOCUMENT))),
        False,
    ),
}
