"""Who comes with an identity token: what its claims say, once its signature has been verified.

Owns the judging of claims: for whom and how long the token is, and what it brings for the session.
Source: OpenID Connect Core 1.0, sections 2 and 3.1.3.7; IAM User Guide, "Available keys for AWS OIDC federation" and
"Pass session tags in AWS STS".
"""

import math
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from shared.identity.decide_sessions import tags_passed_on
from shared.identity.model import OidcProvider, Pairs
from shared.identity.session_errors import ExpiredIdentityToken, IdentityProviderRejectedClaim, InvalidIdentityToken
from shared.policy.question import Values

LARGEST_SKEW = 5 * 60
"""Seconds that the provider's clock may be ahead."""
LONGEST_SUBJECT = 255
TAGS_CLAIM, SOURCE_IDENTITY_CLAIM = "https://aws.amazon.com/tags", "https://aws.amazon.com/source_identity"
_SOURCE_IDENTITY = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_TAG = re.compile(r"[\w\s.:/=+@-]*")


class WebIdentity(NamedTuple):
    """`audience`: the client that the token was made for. `facts`: condition keys, in lower case."""

    subject: str
    audience: str
    facts: tuple[tuple[str, Values], ...]
    tags: Pairs
    transitive: tuple[str, ...]
    source_identity: str


def identity_in(claims: Mapping[str, Any], provider: OidcProvider, now: int) -> WebIdentity:
    """`now` is milliseconds. Errors: InvalidIdentityToken, ExpiredIdentityToken, IdentityProviderRejectedClaim."""
    _require_time(claims, now)
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        raise InvalidIdentityToken(f"Missing a required claim: sub, a text of at most {LONGEST_SUBJECT} characters.")
    audience = _audience(claims)
    if audience not in provider.client_ids:
        raise InvalidIdentityToken("Incorrect token audience")
    tags, transitive = _tags(claims)
    facts = _facts(provider.url.lower(), subject, audience, claims)
    return WebIdentity(subject, audience, facts, tags, transitive, _source_identity(claims))


def _require_time(claims: Mapping[str, Any], now: int) -> None:
    expires, issued = _seconds(claims, "exp"), _seconds(claims, "iat")
    current = now // 1000
    if current >= expires:
        raise ExpiredIdentityToken(
            f"Token expired: current date/time {current} must be before the expiration date/time {expires:g}"
        )
    begins = max(issued, _seconds(claims, "nbf")) if "nbf" in claims else issued
    if begins > current + LARGEST_SKEW:
        raise InvalidIdentityToken(f"Token is not valid before {begins:g}; the current date/time is {current}")


def _seconds(claims: Mapping[str, Any], name: str) -> float:
    """A NumericDate (RFC 7519). What is not finite would never expire."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InvalidIdentityToken(f"Missing a required claim: {name}, a number of seconds.")
    return value


def _audience(claims: Mapping[str, Any]) -> str:
    """The authorized party where the token names one, else its one audience."""
    party = claims.get("azp")
    if isinstance(party, str) and party:
        return party
    audiences = _audiences(claims)
    if len(audiences) != 1:
        raise InvalidIdentityToken("A token for more than one audience has to name the authorized party: azp.")
    return audiences[0]


def _audiences(claims: Mapping[str, Any]) -> tuple[str, ...]:
    audiences = claims.get("aud")
    listed = [audiences] if isinstance(audiences, str) else audiences
    if not isinstance(listed, list) or not listed or not all(isinstance(name, str) for name in listed):
        raise InvalidIdentityToken("Missing a required claim: aud.")
    return tuple(listed)


def _facts(url: str, subject: str, audience: str, claims: Mapping[str, Any]) -> tuple[tuple[str, Values], ...]:
    facts: list[tuple[str, Values]] = [(f"{url}:aud", audience), (f"{url}:sub", subject)]
    methods = claims.get("amr")
    if isinstance(methods, list) and methods and all(isinstance(method, str) for method in methods):
        facts.append((f"{url}:amr", tuple(methods)))
    if claims.get("azp"):
        facts.append((f"{url}:oaud", _audiences(claims)))
    return tuple(facts)


def _tags(claims: Mapping[str, Any]) -> tuple[Pairs, tuple[str, ...]]:
    """Session tags and the keys of those that pass on, as the provider's administrator has put them in."""
    claim = claims.get(TAGS_CLAIM, {})
    if not isinstance(claim, dict):
        raise _rejected(TAGS_CLAIM)
    tags, transitive = claim.get("principal_tags", {}), claim.get("transitive_tag_keys", [])
    if not isinstance(tags, dict) or not isinstance(transitive, list):
        raise _rejected(TAGS_CLAIM)
    if not all(isinstance(key, str) for key in transitive):
        raise _rejected(TAGS_CLAIM)
    pairs = tuple((key, _tag_value(values)) for key, values in tags.items())
    if not all(_is_tag(key, value) for key, value in pairs):
        raise _rejected(TAGS_CLAIM)
    return tags_passed_on((), (), pairs), tuple(transitive)


def _tag_value(values: object) -> str:
    """One text, in a list or not."""
    value = values[0] if isinstance(values, list) and len(values) == 1 else values
    if not isinstance(value, str):
        raise _rejected(TAGS_CLAIM)
    return value


def _is_tag(key: str, value: str) -> bool:
    fits = 0 < len(key) <= 128 and len(value) <= 256
    return fits and _TAG.fullmatch(key) is not None and _TAG.fullmatch(value) is not None


def _source_identity(claims: Mapping[str, Any]) -> str:
    value = claims.get(SOURCE_IDENTITY_CLAIM, "")
    if not isinstance(value, str) or (value and _SOURCE_IDENTITY.fullmatch(value) is None):
        raise _rejected(SOURCE_IDENTITY_CLAIM)
    return value


def _rejected(claim: str) -> IdentityProviderRejectedClaim:
    return IdentityProviderRejectedClaim(f"The claim {claim} has not the form that it has to have.")
