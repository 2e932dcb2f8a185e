"""The identity providers that the operator has listed, and the tokens that they signed."""

from collections.abc import Sequence

from services.region_node.sts.provider_keys import Keys, keys_of
from services.region_node.sts.settings import IdentityProviderSettings
from shared.crypto.identity_token import UnverifiedToken, is_signed_by
from shared.identity.session_errors import InvalidIdentityToken

MOST_TRIED = 8
"""Keys against which a token without a key id is held."""
_NO_KEY = (
    "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity "
    "documentation for requirements"
)


class IdentityProviders:
    """Verifies tokens. Errors: SettingsError for a file of keys that cannot be used."""

    def __init__(self, listed: Sequence[IdentityProviderSettings]) -> None:
        self._listed: dict[str, tuple[IdentityProviderSettings, Keys]] = {
            settings.issuer: (settings, keys_of(settings)) for settings in listed
        }

    def knows(self, issuer: str, account: str) -> bool:
        """Whether the operator lets the account rely on the provider."""
        found = self._listed.get(issuer)
        return found is not None and (not found[0].accounts or account in found[0].accounts)

    async def verify(self, token: UnverifiedToken, issuer: str, now: int) -> None:
        """Prove that the provider signed the token. Errors: InvalidIdentityToken, IdentityProviderUnreachable."""
        keys = await self._listed[issuer][1].named(token.key_id, now)
        if not keys:
            raise InvalidIdentityToken(_NO_KEY)
        if not any(is_signed_by(token, key) for key in keys[:MOST_TRIED]):
            raise InvalidIdentityToken("The signature of the identity token is not that of its provider.")

    def close(self) -> None:
        for _, keys in self._listed.values():
            keys.close()
