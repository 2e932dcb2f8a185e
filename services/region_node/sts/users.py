"""GetSessionToken: temporary credentials of a user, or of the root user, for himself."""

from services.region_node.requests.call import Call
from services.region_node.sts.credentials import credentials_of, issuing_account, require_no_device, utilization
from services.region_node.sts.types import GetSessionTokenRequest, GetSessionTokenResponse
from shared.crypto import entropy
from shared.errors import AccessDenied
from shared.identity.decide_sessions import session_of_principal
from shared.policy.question import PrincipalKind

_THEMSELVES = (PrincipalKind.USER, PrincipalKind.ROOT)


def get_session_token(call: Call, request: GetSessionTokenRequest) -> GetSessionTokenResponse:
    """Nobody needs a permission for it, and no policy can deny it. Errors: AccessDenied, RegionDisabled."""
    caller = call.caller
    account = issuing_account(call, caller.account)
    if account is None or caller.session is not None or caller.principal.kind not in _THEMSELVES:
        raise AccessDenied("Cannot call GetSessionToken with session credentials")
    require_no_device(request.serial_number, request.token_code)
    claims = session_of_principal(
        caller.principal,
        entropy.session_key_id(account.account),
        caller.access_key_id,
        request.duration_seconds,
        caller.principal.kind is PrincipalKind.ROOT,
        call.now,
    )
    given = call.sessions.issue(account, claims)
    return GetSessionTokenResponse(credentials_of(given), utilization(given), len(given.token))
