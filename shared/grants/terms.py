"""What a grant says, and which grants may be: every rule that does not need the state.

Owns `GrantTerms` and their refusals. Source: AWS KMS API reference, "CreateGrant" and "GrantConstraints".
"""

from typing import NamedTuple

from shared.errors import InvalidArn, ValidationFailed
from shared.grants.events import Context
from shared.grants.model import Grant
from shared.grants.operations import CREATE_GRANT, grantable, in_order
from shared.keys.model import Key
from shared.keys.specs import SYMMETRIC_DEFAULT
from shared.policy.principals import is_principal_arn

MOST_CONTEXT_PAIRS = 8
LONGEST_CONTEXT_VALUE = 384
"""Characters."""
MOST_CONTEXT_BYTES = 8192
"""Of UTF-8: no request has a longer context, so a constraint that has could never be met."""


class GrantTerms(NamedTuple):
    """The fields are those of `GrantCreated`."""

    operations: tuple[str, ...]
    name: str = ""
    grantee_principal: str | None = None
    grantee_service_principal: str | None = None
    retiring_principal: str | None = None
    retiring_service_principal: str | None = None
    encryption_context_equals: Context | None = None
    encryption_context_subset: Context | None = None
    source_arn: str | None = None


def checked(terms: GrantTerms) -> GrantTerms:
    """The terms with operations and contexts in their order. Errors: ValidationFailed, InvalidArn."""
    _require_operations(terms.operations)
    _require_principals(terms)
    _require_constraints(terms)
    return terms._replace(
        operations=in_order(terms.operations),
        encryption_context_equals=_sorted(terms.encryption_context_equals),
        encryption_context_subset=_sorted(terms.encryption_context_subset),
    )


def require_fit(terms: GrantTerms, key: Key) -> None:
    """Refuse what no key of this kind can do. Errors: ValidationFailed."""
    unfit = in_order(set(terms.operations) - grantable(key.spec, key.usage))
    if unfit:
        raise ValidationFailed(
            f"The operations [{', '.join(unfit)}] are not supported in grants on keys with KeySpec {key.spec} and "
            f"KeyUsage {key.usage}."
        )
    if key.spec != SYMMETRIC_DEFAULT and _contexts(terms):
        raise ValidationFailed(
            "Encryption context grant constraints are supported only on grants for symmetric encryption KMS keys."
        )


def is_within(terms: GrantTerms, parent: Grant) -> bool:
    """Whether whoever may create grants through `parent` may create this one: it gives no more, under no weaker
    constraints.

    Source: AWS KMS Developer Guide, "Granting CreateGrant permission".
    """
    equals, subset = terms.encryption_context_equals, terms.encryption_context_subset
    return (
        set(terms.operations) <= set(parent.operations)
        and parent.encryption_context_equals in (None, equals)
        and (
            parent.encryption_context_subset is None
            or set(parent.encryption_context_subset) <= set(equals or subset or ())
        )
        and parent.source_arn in (None, terms.source_arn)
    )


def _require_operations(operations: tuple[str, ...]) -> None:
    if not operations:
        raise ValidationFailed(
            "1 validation error detected: Value '[]' at 'operations' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1"
        )
    if set(operations) == {CREATE_GRANT}:
        raise ValidationFailed("Grants must not contain only the CreateGrant operation.")


def _require_principals(terms: GrantTerms) -> None:
    if (terms.grantee_principal is None) == (terms.grantee_service_principal is None):
        raise ValidationFailed("You must specify either GranteePrincipal or GranteeServicePrincipal, but not both.")
    if terms.retiring_principal is not None and terms.retiring_service_principal is not None:
        raise ValidationFailed("You can specify either RetiringPrincipal or RetiringServicePrincipal, but not both.")
    for principal in (terms.grantee_principal, terms.retiring_principal):
        if principal is not None:
            require_principal(principal)
    if terms.grantee_service_principal is not None:
        _require_rules_for_services(terms)


def require_principal(principal: str) -> None:
    """Errors: InvalidArn for what is no account, user, role, session or federated user."""
    if not is_principal_arn(principal):
        raise InvalidArn(f"ARN does not refer to a valid principal: {principal}")


def _require_rules_for_services(terms: GrantTerms) -> None:
    if terms.source_arn is None:
        raise ValidationFailed("A grant with a GranteeServicePrincipal must have a SourceArn grant constraint.")
    if terms.retiring_principal is None and terms.retiring_service_principal is None:
        raise ValidationFailed(
            "A grant with a GranteeServicePrincipal must have a RetiringPrincipal or a RetiringServicePrincipal."
        )


def _require_constraints(terms: GrantTerms) -> None:
    contexts = _contexts(terms)
    if len(contexts) > 1:
        raise ValidationFailed("More than one constraint supplied")
    for context in contexts:
        _require_context(context)


def _require_context(context: Context) -> None:
    if len(context) > MOST_CONTEXT_PAIRS:
        raise ValidationFailed(
            f"An encryption context grant constraint can have at most {MOST_CONTEXT_PAIRS} encryption context pairs."
        )
    if any(len(value) > LONGEST_CONTEXT_VALUE for _, value in context):
        raise ValidationFailed(
            f"A value in an encryption context grant constraint cannot exceed {LONGEST_CONTEXT_VALUE} characters."
        )
    if sum(len(key.encode()) + len(value.encode()) for key, value in context) > MOST_CONTEXT_BYTES:
        raise ValidationFailed(f"The encryption context is longer than {MOST_CONTEXT_BYTES} bytes.")


def _contexts(terms: GrantTerms) -> list[Context]:
    """The constraints on the encryption context that are there, be they empty."""
    contexts = (terms.encryption_context_equals, terms.encryption_context_subset)
    return [context for context in contexts if context is not None]


def _sorted(context: Context | None) -> Context | None:
    return None if context is None else tuple(sorted(context))
