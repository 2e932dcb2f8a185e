"""The condition keys that a request for a role's session brings.

Owns their one table. Source: IAM User Guide, "AWS STS condition context keys" and "AWS global condition context keys".
"""

from shared.identity.decide_sessions import RoleSession
from shared.identity.model import Role
from shared.policy.question import Context, Values


def session_facts(role: Role, session: RoleSession, external_id: str | None) -> Context:
    """In lower case; what has no value is absent."""
    tags = session.extras.tags
    facts: dict[str, Values | None] = {
        "sts:rolesessionname": session.session_name,
        "sts:externalid": external_id,
        "sts:sourceidentity": session.source_identity or None,
        "sts:transitivetagkeys": session.extras.transitive or None,
        "aws:tagkeys": tuple(key for key, _ in tags) or None,
        "aws:federatedprovider": session.provider or None,
        "aws:resourceaccount": role.account,
        **dict(session.extras.facts),
        **{f"aws:requesttag/{key.lower()}": value for key, value in tags},
        **{f"{prefix}:resourcetag/{key.lower()}": value for key, value in role.tags for prefix in ("aws", "iam")},
    }
    return {key: value for key, value in facts.items() if value is not None}
