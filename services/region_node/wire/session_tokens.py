"""Session tokens, as a region believes them.

Owns the trust in a token: a region that may issue sessions for the account has signed it, under the identity that is
pinned here, and this region opens its own share. What was opened once is remembered by the token's hash; who may issue,
under which identity, and whether the session still rests on anything, is asked of the state at each request.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import NamedTuple

from services.region_node.peers.peer_cards import pinned_card
from services.region_node.sts.issuing import session_dates
from services.region_node.wire.authorization_header import Credential
from services.region_node.wire.regional_keys import regional_key, services_of
from services.region_node.wire.sigv4 import region_key, service_key
from shared.crypto.domain_keys import SecretUnavailable
from shared.crypto.session_token import MalformedToken, SessionToken, Share, decode_token, session_binding
from shared.decision import StateView
from shared.errors import KeyUnavailable, UnrecognizedClient
from shared.identifiers import account_stream, peer_stream
from shared.identity.model import Account, Peer
from shared.identity.session import SessionClaims, issuers_of
from shared.policy.remembered import Kept, Remembered
from shared.secrets import Secret

INVALID_TOKEN = "The security token included in the request is invalid."  # noqa: S105  # AWS's sentence, no secret
REMEMBERED = 12_000_000
"""Characters of one generation of tokens, of which there are two. With few tags a token has some 3,000; how many there
are of those that have 60,000 is their holders' choice."""
_OF_EVERY_TOKEN = 2_500

Open = Callable[[str, bytes], Secret]
"""(binding, bytes) -> the secret inside. Errors: SecretUnavailable."""


class OpenedSession(NamedTuple):
    """`whole`: `secret` is the session's own, which verifies for any region; else its regional keys."""

    issuer: str
    claims: SessionClaims
    whole: bool
    secret: Secret

    def key(self, credential: Credential) -> bytes | None:
        """SigV4's kSigning for the credential's date, region and service, where there is one."""
        if self.whole:
            of_region = region_key(self.secret.reveal(), credential.date, credential.region)
            return service_key(of_region, credential.service)
        dates = session_dates(self.claims)
        if credential.date not in dates:
            return None
        return regional_key(self.secret.reveal(), len(dates), dates.index(credential.date), credential.service)


class SessionTokens:
    """The tokens that come to `region`, whose own identity is `public`.

    `open_own` opens what the region wrapped for itself, `open_sealed` what a peer sealed to it.
    """

    def __init__(self, region: str, public: bytes, open_own: Open, open_sealed: Open) -> None:
        self._region, self._public = region, public
        self._open_own, self._open_sealed = open_own, open_sealed
        self._opened: Remembered[bytes, tuple[bytes, OpenedSession]] = Remembered(REMEMBERED)

    def kept(self) -> Kept:
        return self._opened.kept()

    def open(self, text: str, view: StateView) -> OpenedSession:
        """What a token says, once it is believed. Errors: UnrecognizedClient; KeyUnavailable."""
        name = sha256(text.encode("utf-8", "surrogatepass")).digest()
        found = self._opened.get(name)
        if found is not None and found[0] == self._identity_of(found[1].issuer, found[1].claims.account, view):
            return found[1]
        public, opened = self._opened_anew(text, view)
        self._opened.put(name, (public, opened), _OF_EVERY_TOKEN + len(repr(opened.claims)))
        return opened

    def _opened_anew(self, text: str, view: StateView) -> tuple[bytes, OpenedSession]:
        try:
            token = decode_token(text)
        except MalformedToken:
            raise UnrecognizedClient(INVALID_TOKEN) from None
        public = self._identity_of(token.issuer, token.claims.account, view)
        if public is None or not token.is_signed_by(public):
            raise UnrecognizedClient(INVALID_TOKEN)
        return public, self._open_share(token)

    def _identity_of(self, issuer: str, account: str, view: StateView) -> bytes | None:
        """The identity under which `issuer` signs sessions of the account; None where it may not."""
        row = view.state(account_stream(account))
        if not isinstance(row, Account) or issuer not in issuers_of(row):
            return None
        return self._public if issuer == self._region else _pinned_identity(issuer, view)

    def _open_share(self, token: SessionToken) -> OpenedSession:
        share = token.shares.get(self._region)
        if share is None:
            raise UnrecognizedClient(f"{INVALID_TOKEN} It was issued without a key for region {self._region}.")
        secret = self._secret_in(share, token)
        if not share.whole and services_of(secret.reveal(), len(session_dates(token.claims))) is None:
            raise UnrecognizedClient(INVALID_TOKEN)
        return OpenedSession(token.issuer, token.claims, share.whole, secret)

    def _secret_in(self, share: Share, token: SessionToken) -> Secret:
        binding = session_binding(token.claims.account, token.claims.access_key_id)
        open_share = self._open_own if token.issuer == self._region else self._open_sealed
        try:
            return open_share(binding, share.sealed)
        except SecretUnavailable:
            raise KeyUnavailable(f"Region {self._region} cannot open its key of this session.") from None


def _pinned_identity(region: str, view: StateView) -> bytes | None:
    peer = view.state(peer_stream(region))
    card = pinned_card(peer) if isinstance(peer, Peer) else None
    return None if card is None else card.identity
