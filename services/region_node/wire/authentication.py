"""Who sent a request: from a parsed signature to a `Caller`.

Owns the way from an access key to the SigV4 signing key that verifies: in the account's home region it is derived from
the secret, elsewhere it is taken from the bundle of derived keys that the home region issued. Temporary credentials
bring theirs in the session token. Also owns the command id, by which an SDK's retry is known. Nothing else makes a
`Caller` of somebody who has signed.
"""

from collections.abc import Callable, Mapping
from datetime import date as Date  # noqa: N812  # a class; `date` is the word of the credential scope
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from services.region_node.keys.vault import access_key_binding, signing_keys_binding
from services.region_node.requests.call import Caller, Session
from services.region_node.wire.authorization_header import Credential
from services.region_node.wire.regional_keys import KEY_LENGTH, REGIONAL_KEYS, regional_key, services_of
from services.region_node.wire.session_tokens import INVALID_TOKEN, OpenedSession, SessionTokens
from services.region_node.wire.signed_request import SignedRequest
from services.region_node.wire.sigv4 import (
    LARGEST_SKEW,
    check_claims,
    region_key,
    service_key,
    verify,
    wrong_region,
)
from shared.crypto.domain_keys import SecretUnavailable
from shared.decision import StateView
from shared.errors import ExpiredToken, InvalidSignature, KeyUnavailable, UnrecognizedClient
from shared.identifiers import account_stream
from shared.identity.lookup import principal_of, session_policies
from shared.identity.model import AccessKey, Account, SigningKeys
from shared.identity.session import SessionClaims, principal_of_session
from shared.policy.question import Principal, PrincipalKind
from shared.policy.remembered import Kept
from shared.secrets import Secret

COMMAND_ID_LENGTH = 16
EXPIRED_TOKEN = "The security token included in the request is expired"  # noqa: S105  # AWS's sentence, no secret
NOBODY = Caller("", "", "", "", Principal(PrincipalKind.FEDERATED, "", ""))
"""Who has not signed."""
_MOST_KEYS = 16384
_NOBODY = bytes(KEY_LENGTH)


class _Signer(NamedTuple):
    """Who has proven to sign with a credential, and the key that proves it again."""

    caller: Caller
    key: bytes


class Authenticator:
    """Authenticates the requests of one region. `open_secret(binding, wrapped)` may raise SecretUnavailable.

    Signing keys are remembered by binding, wrapped bytes and credential: they follow from those alone, so time does not
    make an entry wrong, and an access key that was deleted or got another secret never leads to the old entry.
    Who has once proven to sign with a credential is remembered with the state, until its next change.
    """

    def __init__(self, region: str, open_secret: Callable[[str, bytes], Secret], sessions: SessionTokens) -> None:
        self._region = region
        self._sessions = sessions
        self._open_secret = open_secret
        self._derived = lru_cache(maxsize=_MOST_KEYS)(self._derive)
        self._issued = lru_cache(maxsize=_MOST_KEYS)(self._take_issued)

    def kept(self) -> Mapping[str, Kept]:
        """How the memories of signing keys do, and of opened session tokens."""
        known = [memory.cache_info() for memory in (self._derived, self._issued)]
        signing_keys = (sum(info.hits for info in known), sum(info.misses for info in known))
        return {
            "signing_keys": Kept(*signing_keys, sum(info.currsize for info in known)),
            "sessions": self._sessions.kept(),
        }

    def authenticate(self, signed: SignedRequest, body: bytes, view: StateView, now: int) -> Caller:
        """The principal who signed. `now` is milliseconds since 1970.

        Errors: InvalidSignature, UnrecognizedClient, ExpiredToken; KeyUnavailable where the region cannot open the key
        yet.
        """
        check_claims(signed, self._region, now)
        if signed.token is not None:
            return self._authenticate_session(signed, signed.token, body, view, now)
        signer: _Signer | None = view.derived.get(signed.claims.credential)
        if signer is None:
            return self._first_time(signed, body, view)
        verify(signed, body, signer.key)
        return signer.caller

    def _first_time(self, signed: SignedRequest, body: bytes, view: StateView) -> Caller:
        """As `authenticate`, where this state has not been asked yet who signs so."""
        access_key = view.access_key(signed.claims.credential.access_key_id)
        if access_key is None:
            raise _refused_as_unknown(signed, body)
        try:
            key = self._key(access_key, signed.claims.credential)
        except InvalidSignature as error:
            error.home_region = _home_region(view, access_key.account)
            raise
        verify(signed, body, key)
        principal = principal_of(view, access_key)
        if principal is None:
            raise UnrecognizedClient(INVALID_TOKEN)
        account = principal.account or access_key.account  # a service has none; what it asks for is of its access key's
        caller = Caller(account, principal.arn, principal.unique_id, access_key.access_key_id, principal)
        if signed.claims.credential.region == self._region:  # of other regions there are as many as a client thinks of
            view.derived[signed.claims.credential] = _Signer(caller, key)
        return caller

    def _authenticate_session(
        self, signed: SignedRequest, token: str, body: bytes, view: StateView, now: int
    ) -> Caller:
        session = self._sessions.open(token, view)
        if session.claims.access_key_id != signed.claims.credential.access_key_id:
            raise UnrecognizedClient(INVALID_TOKEN)
        if now < session.claims.issued_at - LARGEST_SKEW:  # else a region that turned issues what lasts for years
            raise UnrecognizedClient(INVALID_TOKEN)
        if now >= session.claims.expires_at:
            raise ExpiredToken(EXPIRED_TOKEN)
        verify(signed, body, self._session_key(session, signed))
        caller = _caller_of(session.claims, view)
        if caller is None:
            raise UnrecognizedClient(INVALID_TOKEN)
        return caller

    def _session_key(self, session: OpenedSession, signed: SignedRequest) -> bytes:
        credential = signed.claims.credential
        try:
            if not session.whole:
                self._require_regional(credential)
        except InvalidSignature as error:
            error.home_region = session.issuer  # it has the session's secret, and verifies for any region
            raise
        key = session.key(credential)
        if key is None:
            raise UnrecognizedClient(INVALID_TOKEN)
        return key

    def _key(self, access_key: AccessKey, credential: Credential) -> bytes:
        try:
            if access_key.wrapped is not None:
                # Only this region's keys are remembered: with others anybody could fill the memory.
                derive = self._derived if credential.region == self._region else self._derive
                binding = access_key_binding(access_key.account, access_key.access_key_id)
                return derive(binding, access_key.wrapped, credential)
            self._require_regional(credential)
            return self._issued(access_key.account, access_key.signing_keys, credential)
        except SecretUnavailable:
            raise KeyUnavailable(f"Region {self._region} cannot open its keys of this access key yet.") from None

    def _require_regional(self, credential: Credential) -> None:
        """What a region verifies that has no secret. Errors: InvalidSignature."""
        if credential.region != self._region:
            raise InvalidSignature(wrong_region(credential.region))
        if credential.service not in REGIONAL_KEYS:
            raise InvalidSignature(f"Requests for {credential.service} are verified in the account's home region.")

    def _derive(self, binding: str, wrapped: bytes, credential: Credential) -> bytes:
        secret = self._open_secret(binding, wrapped).reveal()
        return service_key(region_key(secret, credential.date, credential.region), credential.service)

    def _take_issued(self, account: str, keys: SigningKeys | None, credential: Credential) -> bytes:
        """The date's key of the service out of the bundle."""
        day = -1 if keys is None else _days_between(keys.first_date, credential.date)
        if keys is None or not 0 <= day < keys.days:
            raise UnrecognizedClient(
                f"{INVALID_TOKEN} Region {self._region} has no signing key of this access key for {credential.date}."
            )
        binding = signing_keys_binding(account, credential.access_key_id, keys.first_date)
        bundle = self._open_secret(binding, keys.wrapped).reveal()
        if len(bundle) == keys.days * KEY_LENGTH:  # one that was issued when regions were given kRegion
            return service_key(bundle[day * KEY_LENGTH : (day + 1) * KEY_LENGTH], credential.service)
        if services_of(bundle, keys.days) is None:
            raise SecretUnavailable("the bundle does not have the keys for each of its dates")
        return _issued_before(regional_key(bundle, keys.days, day, credential.service), credential.service)


def _issued_before(key: bytes | None, service: str) -> bytes:
    """Errors: UnrecognizedClient where the bundle is older than the service."""
    if key is None:
        raise UnrecognizedClient(f"{INVALID_TOKEN} It was issued here without a key for {service}.")
    return key


def _caller_of(claims: SessionClaims, view: StateView) -> Caller | None:
    """None where nobody is behind the session any more."""
    principal = principal_of_session(view, claims)
    if principal is None:
        return None
    extras = claims.extras
    narrowed = extras.policy is not None or extras.policy_arns
    session = Session(
        claims.issued_at,
        session_policies(view, extras.policy, extras.policy_arns) if narrowed else None,
        extras.tags,
        claims.source_identity,
        extras.transitive,
        claims.provider,
        extras.facts,
    )
    user_id = principal.unique_id if claims.parent else claims.assumed_role_id
    return Caller(principal.account, principal.arn, user_id, claims.access_key_id, principal, session)


def _home_region(view: StateView, account: str) -> str:
    """The home has the access key's secret, and verifies a signature for any region."""
    state = view.state(account_stream(account))
    return state.home_region if isinstance(state, Account) else ""


def _days_between(first: str, date: str) -> int:
    return (Date.fromisoformat(date) - Date.fromisoformat(first)).days


def _refused_as_unknown(signed: SignedRequest, body: bytes) -> UnrecognizedClient:
    """The refusal of an unknown access key, after the work that a known one takes: time does not tell them apart."""
    try:
        verify(signed, body, _NOBODY)
    except InvalidSignature:
        pass
    return UnrecognizedClient(INVALID_TOKEN)


def command_id(caller: Caller, operation: str, body: bytes, invocation_id: bytes | None, fresh: bytes) -> bytes:
    """The 16 bytes by which a repeated command is known.

    `invocation_id` is the header `amz-sdk-invocation-id`, one value for a call and its retries, or else the front
    door's number of the exchange. Without either nothing tells a retry from a second call, so `fresh` (16 random bytes)
    is the id.
    """
    if not invocation_id:
        return fresh
    parts = (caller.account.encode(), caller.access_key_id.encode(), operation.encode(), invocation_id, body)
    digest = sha256(b"keytide/command")
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()[:COMMAND_ID_LENGTH]
