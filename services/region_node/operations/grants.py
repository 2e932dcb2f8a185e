"""CreateGrant, RetireGrant, RevokeGrant."""

from dataclasses import replace

from services.region_node.authorization.permission import (
    grants_on,
    refused_elsewhere,
    require_in_account,
    require_not_denied,
)
from services.region_node.authorization.refusal import denied
from services.region_node.operations import rules
from services.region_node.operations.resolve import find_key, resolve_name
from services.region_node.operations.types.grants import (
    CreateGrantRequest,
    CreateGrantResponse,
    GrantConstraints,
    RetireGrantRequest,
    RevokeGrantRequest,
)
from services.region_node.operations.working import finish_dry_run
from services.region_node.requests.call import Call, Decide
from shared.crypto import entropy
from shared.decision import Decision, StateView
from shared.errors import ValidationFailed
from shared.grants import commands, decide
from shared.grants.commands import GrantName
from shared.grants.events import Context
from shared.grants.lookup import Retiring, retiring, standing_grant
from shared.grants.model import Grant
from shared.grants.terms import GrantTerms, checked, is_within
from shared.identifiers import parse_key_identifier
from shared.keys.commands import KeyName
from shared.keys.lookup import arn_of, held_key
from shared.policy.evaluate import evaluate
from shared.policy.question import Question
from shared.policy.verdict import Reason, Verdict


async def create_grant(call: Call, request: CreateGrantRequest) -> CreateGrantResponse:
    terms = checked(_requested_terms(request))
    key = resolve_name(call, request.key_id, rules.CREATE_GRANT)
    _require_within_own(call, key, terms)
    command = commands.CreateGrant(key, entropy.grant_id(), call.caller.account, terms, call.quotas.grants_per_key)
    grant_id = await _changed(call, key.account, lambda view: decide.create_grant(command, view), request.dry_run)
    return CreateGrantResponse(call.grant_tokens.issue(GrantName(key, grant_id)), grant_id)


def _require_within_own(call: Call, name: KeyName, terms: GrantTerms) -> None:
    """Whom a grant alone lets create grants gives nothing beyond it. Errors: AccessDenied."""
    question, verdict = call.judged[-1]
    if verdict.reason is not Reason.GRANT:
        return
    parents = [grant for grant in grants_on(call, held_key(call.view, name)) if is_within(terms, grant)]
    if not any(_lets_create(parent, question) for parent in parents):
        raise denied(question, Verdict(Reason.NO_RESOURCE_POLICY))


def _lets_create(parent: Grant, question: Question) -> bool:
    """Whether this grant alone, under the caller's own policies, allows what was asked."""
    return evaluate(question._replace(grants=lambda: (parent,))).allowed


def _requested_terms(request: CreateGrantRequest) -> GrantTerms:
    constraints = request.constraints or GrantConstraints()
    return GrantTerms(
        operations=request.operations,
        name=request.name or "",
        grantee_principal=request.grantee_principal,
        grantee_service_principal=request.grantee_service_principal,
        retiring_principal=request.retiring_principal,
        retiring_service_principal=request.retiring_service_principal,
        encryption_context_equals=_pairs(constraints.encryption_context_equals),
        encryption_context_subset=_pairs(constraints.encryption_context_subset),
        source_arn=constraints.source_arn,
    )


def _pairs(context: dict[str, str] | None) -> Context | None:
    return None if context is None else tuple(context.items())


async def revoke_grant(call: Call, request: RevokeGrantRequest) -> None:
    decide.require_grant_id(request.grant_id)
    name = GrantName(resolve_name(call, request.key_id, rules.REVOKE_GRANT), request.grant_id)
    await _changed(call, name.key.account, lambda view: decide.revoke_grant(name, view), request.dry_run)


async def retire_grant(call: Call, request: RetireGrantRequest) -> None:
    name = _retired(call, request)

    def decided(view: StateView) -> Decision:
        _require_retirable(replace(call, view=view), name)
        return decide.retire_grant(name, view)

    await _changed(call, name.key.account, decided, request.dry_run)


async def _changed(call: Call, account: str, decided: Decide, dry_run: bool) -> str:
    """Change what belongs to `account`, the key's; a dry run ends here."""
    if dry_run:
        decided(call.view)
        finish_dry_run()
    return await call.change(decided, account)


def _retired(call: Call, request: RetireGrantRequest) -> GrantName:
    """Errors: ValidationFailed, InvalidGrantToken, InvalidGrantId; of the key's identifier."""
    token, key_id, grant_id = request.grant_token, request.key_id, request.grant_id
    if token is not None and key_id is None and grant_id is None:
        return call.grant_tokens.read(token)
    if token is not None or key_id is None or grant_id is None:
        raise ValidationFailed("You must specify either GrantToken, or both KeyId and GrantId.")
    decide.require_grant_id(grant_id)
    account = call.caller.account
    named = parse_key_identifier(key_id, region=call.region, caller_account=account, aliases=False)
    if named.account == account:
        find_key(call, key_id, rules.RETIRE_GRANT)
    return GrantName(KeyName(call.region, named.account, named.key_id or ""), grant_id)


def _require_retirable(call: Call, name: GrantName) -> None:
    """What other accounts have looks the same whether it is there or not. Errors: AccessDenied."""
    caller, action = call.caller, rules.RETIRE_GRANT.action
    grant, resource = standing_grant(call.view, name), arn_of(name.key)
    way = Retiring.NOTHING if grant is None else retiring(grant, caller.principal)
    if way is Retiring.NAMED:
        require_not_denied(call, action, resource)
    elif way is Retiring.ACCOUNT or caller.account == name.key.account:
        require_in_account(call, action, resource)
    else:
        raise refused_elsewhere(call, rules.RETIRE_GRANT, resource, name.key.account)
