"""The refusals of STS: a branch of the tree in `shared/errors.py`.

Owns their codes and remedies. Source: the AWS STS API reference, "Errors" of its operations.
"""

from shared.errors import KeytideError


class SessionRefused(KeytideError):
    """What the operations that give sessions refuse besides the general errors."""


class RegionDisabled(SessionRefused):
    """The account's sessions are issued in another region."""

    code = "RegionDisabledException"
    remedy = "Send the request to the account's home region, which the message names, and sign it for that region."

    def __init__(self, account: str, home_region: str) -> None:
        super().__init__(
            "STS is not activated in this region for the account whose credentials are asked for: sessions of account "
            f"{account} are issued in its home region, {home_region}"
        )
        self.home_region = home_region


class PackedPolicyTooLarge(SessionRefused):
    """Session policies and tags do not fit into a token."""

    code = "PackedPolicyTooLargeException"
    remedy = "Use a smaller session policy or fewer session tags."


class InvalidIdentityToken(SessionRefused):
    """The identity provider's token cannot be believed."""

    code = "InvalidIdentityTokenException"
    remedy = "Check issuer, signature and audience of the token against the OIDC provider of the role's account."


class IdentityProviderRejectedClaim(SessionRefused):
    """A claim of the identity provider's token is not taken."""

    code = "IDPRejectedClaimException"
    remedy = "Get a token with the claims that the message asks for."


class ExpiredIdentityToken(SessionRefused):
    """The identity provider's token is too old."""

    code = "ExpiredTokenException"
    remedy = "Get a new token from the identity provider."


class IdentityProviderUnreachable(SessionRefused):
    """The identity provider's keys cannot be fetched."""

    code = "IDPCommunicationErrorException"
    retryable = True
    remedy = "Retry; if it lasts, look at the identity provider and at the node's settings of it."
