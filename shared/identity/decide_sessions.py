"""What a session becomes that somebody wants: its claims, or the refusal.

Owns the rules of AssumeRole and its kin that are not about permission: durations, session policies, tags that pass on.
Who may have the session has been asked before. Source: AWS STS API Reference, AssumeRole and GetSessionToken; IAM User
Guide, "Pass session tags in AWS STS".
"""

from math import ceil
from typing import NamedTuple

from shared.crypto.session_token import packed_share
from shared.decision import StateView
from shared.errors import LimitExceeded, MalformedPolicy, ValidationFailed
from shared.identity.errors import MalformedPolicyDocument
from shared.identity.finding import is_attachable
from shared.identity.limits import LIMITS
from shared.identity.model import DEFAULT_SESSION_SECONDS, Pairs, Role
from shared.identity.session import Extras, SessionClaims
from shared.identity.session_errors import PackedPolicyTooLarge
from shared.identity.tags import RESERVED
from shared.policy.document_kinds import SESSION_POLICY
from shared.policy.parser import parse
from shared.policy.question import Principal

CHAINED_SECONDS = 3_600
USER_SECONDS, ROOT_SECONDS = 43_200, 3_600
"""GetSessionToken's defaults; the root user cannot have more."""


class RoleSession(NamedTuple):
    """A session of a role, as it is wanted. `chained`: by another role's session."""

    session_name: str
    extras: Extras
    seconds: int | None = None
    source_identity: str = ""
    provider: str = ""
    chained: bool = False


def session_of_role(wanted: RoleSession, role: Role, access_key_id: str, view: StateView, now: int) -> SessionClaims:
    """`now` is milliseconds. Errors: ValidationFailed, MalformedPolicyDocument, PackedPolicyTooLarge."""
    seconds = DEFAULT_SESSION_SECONDS if wanted.seconds is None else wanted.seconds
    if wanted.chained and seconds > CHAINED_SECONDS:
        raise ValidationFailed(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
        )
    if seconds > role.max_session_seconds:
        raise ValidationFailed("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    _require_extras(wanted.extras, role.account, view)
    return SessionClaims(
        access_key_id=access_key_id,
        account=role.account,
        unique_id=role.role_id,
        name=role.role_name,
        session_name=wanted.session_name,
        parent="",
        issued_at=now,
        expires_at=now + 1000 * seconds,
        source_identity=wanted.source_identity,
        provider=wanted.provider,
        extras=wanted.extras,
    )


def session_of_principal(
    principal: Principal, access_key_id: str, parent: str, seconds: int | None, is_root: bool, now: int
) -> SessionClaims:
    """A session of a user or of the root user, who has signed with the access key `parent`."""
    if is_root:
        seconds = min(seconds or ROOT_SECONDS, ROOT_SECONDS)
    lasting = 1000 * (seconds or USER_SECONDS)
    return SessionClaims(access_key_id, principal.account, principal.unique_id, "", "", parent, now, now + lasting)


def packed_percent(extras: Extras) -> int | None:
    """How much of what a token may hold the session's policies and tags take; None where there are none."""
    if not (extras.policy or extras.policy_arns or extras.tags):
        return None
    return ceil(100 * packed_share(extras))


def tags_passed_on(inherited: Pairs, transitive: tuple[str, ...], requested: Pairs) -> Pairs:
    """The tags of the next role's session: those of the session before it that pass on, and the requested ones.

    Errors: ValidationFailed for a key that stands twice, or that passes on and is requested anew.
    """
    keys = [key.lower() for key, _ in requested]
    if any(key.startswith(RESERVED) for key in keys):
        raise ValidationFailed(f"Tag keys must not begin with {RESERVED}")
    if len(set(keys)) < len(keys):
        raise ValidationFailed("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    passing = {key.lower() for key in transitive}
    taken = sorted(passing.intersection(keys))
    if taken:
        raise ValidationFailed(f"The tag '{taken[0]}' passes on from the calling session and cannot be set again.")
    kept = tuple(tag for tag in inherited if tag[0].lower() in passing)
    if len(kept) + len(requested) > LIMITS.tags:
        raise ValidationFailed(f"A session has at most {LIMITS.tags} tags.")
    return (*kept, *requested)


def _require_extras(extras: Extras, account: str, view: StateView) -> None:
    tagged = {key.lower() for key, _ in extras.tags}
    if not all(key.lower() in tagged for key in extras.transitive):
        raise ValidationFailed("The specified transitive tag key must be included in the requested tags.")
    if extras.policy is not None:
        _require_policy(extras.policy)
    if len(extras.policy_arns) > LIMITS.attached_policies:
        raise ValidationFailed(f"A session has at most {LIMITS.attached_policies} managed policies.")
    for arn in extras.policy_arns:
        if not is_attachable(view, account, arn):
            raise MalformedPolicyDocument(f"Policy {arn} does not exist or is not attachable.")
    percent = packed_percent(extras)
    if percent is not None and percent > 100:
        raise PackedPolicyTooLarge(f"Packed policy consumes {percent}% of allotted space, please use smaller policy.")


def _require_policy(text: str) -> None:
    try:
        parse(text, SESSION_POLICY)
    except MalformedPolicy as refusal:
        raise MalformedPolicyDocument(refusal.message) from None
    except LimitExceeded as refusal:
        raise PackedPolicyTooLarge(refusal.message) from None
