"""Callers as the authenticator makes them."""

from services.region_node.requests.call import Caller
from shared.policy.question import Principal, PrincipalKind


def user(account: str = "111122223333", name: str = "alice", access_key_id: str = "AKIAEXAMPLE") -> Caller:
    """A user with a long-term access key."""
    principal = Principal(PrincipalKind.USER, account, f"arn:aws:iam::{account}:user/{name}", "AIDAEXAMPLE")
    return Caller(account, principal.arn, principal.unique_id, access_key_id, principal)
