"""Temporary credentials, as a region issues them.

Owns what each region gets of a session's secret: the regions that hold the account's secrets get all of it, every other
peer the derived SigV4 region keys of the session's dates, with which it verifies and signs for no other. All of it
travels in the token, so that every region that the issuer knows takes the session at once.
"""

from collections.abc import Mapping
from typing import NamedTuple

from services.region_node.keys.access_key_secrets import SealingVault
from services.region_node.wire.regional_keys import regional_keys
from services.region_node.wire.sigv4 import LARGEST_SKEW
from shared.crypto import entropy
from shared.crypto.region_identity import RegionIdentity
from shared.crypto.session_token import LONGEST_TOKEN, Share, encode_token, session_binding
from shared.identity.model import Account
from shared.identity.session import SessionClaims, dates_between, issuers_of
from shared.identity.session_errors import PackedPolicyTooLarge
from shared.secrets import Secret


class Issued(NamedTuple):
    """Temporary credentials. `expires_at` is milliseconds since 1970."""

    access_key_id: str
    secret: Secret
    token: str
    expires_at: int


def session_dates(claims: SessionClaims) -> tuple[str, ...]:
    """The dates that the session's signatures may bear: a client's clock may be off."""
    return dates_between(claims.issued_at - LARGEST_SKEW, claims.expires_at + LARGEST_SKEW)


class SessionIssuer:
    """Issues sessions under the identity of `region`. Whether it may for the account, the caller has asked."""

    def __init__(self, region: str, vault: SealingVault, identity: RegionIdentity) -> None:
        self._region, self._vault, self._identity = region, vault, identity

    def issue(self, account: Account, claims: SessionClaims) -> Issued:
        """Credentials for what `claims` say, under the access key id that they name. Errors: PackedPolicyTooLarge."""
        secret = Secret(entropy.access_key_secret().encode())
        token = encode_token(self._region, claims, self._shares(account, claims, secret), self._identity)
        if len(token) > LONGEST_TOKEN:
            raise PackedPolicyTooLarge(
                f"The session token, which has a part for every region, exceeds {LONGEST_TOKEN}."
            )
        return Issued(claims.access_key_id, secret, token, claims.expires_at)

    def _shares(self, account: Account, claims: SessionClaims, secret: Secret) -> Mapping[str, Share]:
        binding = session_binding(claims.account, claims.access_key_id)
        shares = {self._region: Share(True, self._vault.wrap_secret(claims.account, binding, secret))}
        for region in self._vault.peer_regions():
            whole = region in issuers_of(account)
            part = secret if whole else Secret(regional_keys(secret.reveal(), session_dates(claims), region))
            shares[region] = Share(whole, self._vault.seal_secret(region, binding, part))
        return shares
