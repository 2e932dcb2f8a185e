"""The policies and grants of a state, and what is found in them.

Owns which there are, and the checks of grants, which need the state and the recorded decisions.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from replication.state.view import SnapshotView
from services.region_node.decisions.record import Recorded
from services.review.known_names import known_in
from services.review.times import shown
from shared.grants.lookup import is_of
from shared.grants.model import Grant
from shared.identifiers import key_arn
from shared.identity.lookup import policies_in
from shared.keys.model import Key
from shared.policy.document import key_policy
from shared.policy.lint.lint import lint
from shared.policy.lint.model import WHOLE, Finding, Severity


class Used(NamedTuple):
    """What the records say of grants. `since` in milliseconds; None where nothing is recorded."""

    grants: frozenset[str]
    since: int | None


def used_in(decisions: Iterator[Recorded]) -> Used:
    grants, since = set(), None
    for recorded in decisions:
        since = recorded.time if since is None else min(since, recorded.time)
        if recorded.verdict.grant_id:
            grants.add(recorded.verdict.grant_id)
    return Used(frozenset(grants), since)


def findings_of_key(view: SnapshotView, region: str, key: Key, used: Used) -> Iterator[Finding]:
    """Of its policy and its grants."""
    arn = key_arn(region, key.account, key.key_id)
    known = known_in(view)
    yield from lint(key_policy(arn, key.account, key.policy), key.account, arn, known)
    for grant in view.grants(key.account, key.key_id, ""):
        if is_of(grant, key):
            yield from _of_grant(arn, grant, known.exists(grant.grantee), used)


def _of_grant(arn: str, grant: Grant, grantee_exists: bool | None, used: Used) -> Iterator[Finding]:
    place = f"grant {grant.grant_id} on {arn}"
    revoke = f"aws kms revoke-grant --key-id {arn} --grant-id {grant.grant_id}"
    if grantee_exists is False:
        says = f"is given to {grant.grantee}, and there is no such principal"
        yield Finding(Severity.MEDIUM, "grant to nobody", place, WHOLE, "", says, revoke)
    if used.since is not None and grant.created_at < used.since and grant.grant_id not in used.grants:
        says = f"gave nothing since {shown(used.since)}, which is as far back as the record goes"
        yield Finding(Severity.LOW, "unused grant", place, WHOLE, "", says, f"if it is not needed: {revoke}")


def findings_of_account(view: SnapshotView, account: str) -> Iterator[Finding]:
    """Of the policies of its users, groups and roles, its managed policies and its service control policies."""
    known = known_in(view)
    for policy in policies_in(view, account):
        yield from lint(policy, account, "", known)


def counts(findings: list[Finding]) -> Mapping[str, int]:
    """How many there are of each severity, the worst first."""
    found = {severity: sum(1 for one in findings if one.severity is severity) for severity in reversed(Severity)}
    return {severity.name.lower(): count for severity, count in found.items() if count}
