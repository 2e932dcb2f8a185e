"""AssumeRoleWithWebIdentity: a role's session for whoever an OIDC provider vouches for. The request is not signed.

A provider counts where the role's account has registered it and the operator has listed it.
"""

from services.region_node.requests.call import Call, Caller
from services.region_node.sts import types
from services.region_node.sts.credentials import credentials_of, utilization
from services.region_node.sts.roles import WantedRole, arns_of, assumed_role, wanted_role
from shared.crypto.identity_token import MalformedIdentityToken, UnverifiedToken, read_identity_token
from shared.errors import ValidationFailed
from shared.identity.decide_sessions import RoleSession, packed_percent
from shared.identity.model import OidcProvider
from shared.identity.naming import oidc_provider_stream
from shared.identity.session import Extras
from shared.identity.session_errors import InvalidIdentityToken
from shared.identity.web_identity import WebIdentity, identity_in
from shared.policy.question import Principal, PrincipalKind

ACTION = "sts:AssumeRoleWithWebIdentity"
_SCHEME = "https://"


async def assume_role_with_web_identity(
    call: Call, request: types.AssumeRoleWithWebIdentityRequest
) -> types.AssumeRoleWithWebIdentityResponse:
    """Errors: as AssumeRole; InvalidIdentityToken, ExpiredIdentityToken, IdentityProviderRejectedClaim,
    IdentityProviderUnreachable."""
    if request.provider_id is not None:
        raise ValidationFailed("ProviderId is for access tokens of OAuth 2.0, which are not taken: send an ID token.")
    wanted, token = wanted_role(call, request.role_arn), _read(request.web_identity_token)
    provider = _provider(call, wanted, token)
    await call.identity_providers.verify(token, _SCHEME + provider.url, call.now)
    identity = identity_in(token.claims, provider, call.now)
    call.caller = _vouched_for(provider)
    session = _session_of(request, provider, identity)
    assumed = assumed_role(call, ACTION, wanted, session)
    return types.AssumeRoleWithWebIdentityResponse(
        credentials_of(assumed.issued),
        identity.subject,
        assumed.user,
        packed_percent(session.extras),
        provider.arn,
        identity.audience,
        session.source_identity or None,
        utilization(assumed.issued),
        len(assumed.issued.token),
    )


def _read(text: str) -> UnverifiedToken:
    try:
        return read_identity_token(text)
    except MalformedIdentityToken as fault:
        raise InvalidIdentityToken(f"The ID Token provided is not a valid JWT: {fault}.") from None


def _provider(call: Call, wanted: WantedRole, token: UnverifiedToken) -> OidcProvider:
    """The provider that the token names, if the account and the operator both want it."""
    issuer = token.claims.get("iss")
    if isinstance(issuer, str) and issuer.startswith(_SCHEME) and wanted.account is not None:
        account = wanted.account.account
        found = call.view.state(oidc_provider_stream(account, issuer.removeprefix(_SCHEME)))
        if isinstance(found, OidcProvider) and call.identity_providers.knows(issuer, account):
            return found
    raise InvalidIdentityToken(f"No OpenIDConnect provider found in your account for {issuer}")


def _vouched_for(provider: OidcProvider) -> Caller:
    principal = Principal(PrincipalKind.FEDERATED, "", provider.arn)
    return Caller(provider.account, provider.arn, "", "", principal)


def _session_of(
    request: types.AssumeRoleWithWebIdentityRequest, provider: OidcProvider, identity: WebIdentity
) -> RoleSession:
    extras = Extras(request.policy, arns_of(request.policy_arns), identity.tags, identity.transitive, identity.facts)
    return RoleSession(
        request.role_session_name, extras, request.duration_seconds, identity.source_identity, provider.arn
    )
