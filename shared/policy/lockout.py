"""The lockout check: a new key policy must leave somebody who can change it.

Owns AWS's rule: under the new policy alone, its author must be let in to put the next, by name or as one of the
account, and must not be denied. Whether IAM policies agree is not asked, as the account can change those at any time.
Conditions are judged by the author's request of now, since the next is likely to come the same way. Where that is not
known, a statement with conditions counts for nothing. Source: AWS KMS API Reference, PutKeyPolicy.
"""

from shared.errors import MalformedPolicy
from shared.policy.candidates import Candidates
from shared.policy.program import program_of
from shared.policy.question import NO_POLICIES, Context, PolicyKind, PolicyText, Principal, RightAsked

_ACTION = "kms:PutKeyPolicy"


def require_way_back(policy: str, author: Principal, key_arn: str, context: Context | None = None) -> None:
    """Refuse a document under which neither the author nor the account may put the next. Errors: MalformedPolicy."""
    text = PolicyText(PolicyKind.RESOURCE, "key policy", policy)
    program = program_of(RightAsked(author, NO_POLICIES, _ACTION, key_arn, author.account, text))
    lets_in = (program.itself, program.role, program.account)
    if _hold(program.denials, context) or not any(_hold(found, context) for found in lets_in):
        raise MalformedPolicy("The new key policy will not allow you to update the key policy in the future.")


def _hold(candidates: Candidates, context: Context | None) -> bool:
    return bool(candidates.always if context is None else candidates.first(context))
