"""AssumeRoleWithWebIdentity: tokens that are taken, and the many that are not."""

import base64
import hmac
import json
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.warnings import InsecureKeyLengthWarning

from services.region_node.requests.call import Caller
from services.region_node.sts.identity_providers import IdentityProviders
from services.region_node.sts.settings import IdentityProviderSettings
from services.region_node.wire.authentication import NOBODY
from shared.errors import AccessDenied, KeytideError, ValidationFailed
from shared.identity.events import OidcProviderCreated
from shared.identity.session_errors import (
    ExpiredIdentityToken,
    IdentityProviderRejectedClaim,
    InvalidIdentityToken,
    RegionDisabled,
)
from tests.services.region_node.operations.fake_region import ACCOUNT
from tests.services.region_node.sts import issuer
from tests.services.region_node.sts.issuer import CLIENT, EC_KEY, ISSUER, RSA_KEY, URL, claims, token
from tests.services.region_node.sts.world import ALICE, AWAY, HOME, ROLE, StsRegion, letting, trust

PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{URL}"
VOUCHED = {"Federated": PROVIDER}
ACTION = "sts:AssumeRoleWithWebIdentity"
NOW = StsRegion(HOME).view.time
TAGS = "https://aws.amazon.com/tags"


def region_with(policy: str, folder: Path, *, name: str = HOME, **listed: Any) -> StsRegion:
    """A region whose operator has listed the provider, with its keys in a file."""
    file = folder / "keys.json"
    file.write_text(json.dumps(issuer.KEY_SET))
    region = StsRegion(name)
    region.add_role(policy)
    region.fold(HOME, OidcProviderCreated(ACCOUNT, URL, (CLIENT,)))
    region.fake.identity_providers = IdentityProviders([IdentityProviderSettings(ISSUER, keys_file=file, **listed)])
    return region


@pytest.fixture
def region(tmp_path: Path) -> StsRegion:
    return region_with(trust(letting(VOUCHED, ACTION, "sts:TagSession", "sts:SetSourceIdentity")), tmp_path)


async def assume(region: StsRegion, text: str, caller: Caller = NOBODY, **parameters: Any) -> dict[str, Any]:
    wanted = {"RoleArn": ROLE, "RoleSessionName": "build", "WebIdentityToken": text, **parameters}
    return await region.ask(caller, "AssumeRoleWithWebIdentity", **wanted)


async def refusal(error: type[KeytideError], region: StsRegion, text: str, **parameters: Any) -> str:
    with pytest.raises(error) as caught:
        await assume(region, text, **parameters)
    assert type(caught.value) is error
    return caught.value.message


async def test_whom_a_provider_vouches_for_becomes_the_role(region: StsRegion) -> None:
    answer = await assume(region, token(claims(NOW)))
    assert (answer["SubjectFromWebIdentityToken"], answer["Audience"], answer["Provider"]) == (
        "repo:ops",
        CLIENT,
        PROVIDER,
    )
    caller = region.recognize(answer["Credentials"])
    assert caller.arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/ops/build"
    assert caller.session is not None
    assert caller.session.provider == PROVIDER
    assert dict(caller.session.facts) == {f"{URL}:aud": CLIENT, f"{URL}:sub": "repo:ops"}


async def test_who_signs_the_request_all_the_same_is_nobody_else(region: StsRegion) -> None:
    assert await assume(region, token(claims(NOW)), ALICE)


@pytest.mark.parametrize(
    ("key", "algorithm", "key_id"),
    [
        (RSA_KEY, "RS256", "rsa"),
        (RSA_KEY, "RS512", "rsa"),
        (RSA_KEY, "PS256", "rsa"),
        (EC_KEY, "ES256", "ec"),
        (EC_KEY, "ES256", None),
    ],
)
async def test_the_algorithms_that_are_taken(region: StsRegion, key: Any, algorithm: str, key_id: str | None) -> None:
    assert await assume(region, token(claims(NOW), key, algorithm, kid=key_id))


PUBLIC_PEM = RSA_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
SHORT_KEY = rsa.generate_private_key(65537, 1024)  # noqa: S505  # it is to be refused


def confused() -> str:
    """The public key as the secret of an HMAC, which PyJWT refuses to make."""
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"rsa","typ":"JWT"}').rstrip(b"=")
    body = base64.urlsafe_b64encode(json.dumps(claims(NOW)).encode()).rstrip(b"=")
    code = base64.urlsafe_b64encode(hmac.digest(PUBLIC_PEM, head + b"." + body, "sha256")).rstrip(b"=")
    return b".".join((head, body, code)).decode()


@pytest.mark.parametrize(
    "text",
    [
        confused(),
        jwt.encode(claims(NOW), "", "none", headers={"kid": "rsa"}),
        token(claims(NOW), rsa.generate_private_key(65537, 2048)),
        token(claims(NOW), ec.generate_private_key(ec.SECP256R1()), "ES256", kid="ec"),
        token(claims(NOW), EC_KEY, "ES256"),
        token(claims(NOW), kid="unknown"),
        token(claims(NOW), kid="ec"),
        token(claims(NOW), crit=["b64"]),
        token(claims(NOW))[:-8],
        token(claims(NOW)).replace(".", ".e30", 1),
        "a.b.c",
        "no token",
    ],
)
async def test_a_token_that_the_provider_has_not_signed(region: StsRegion, text: str) -> None:
    await refusal(InvalidIdentityToken, region, text)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"exp": NOW // 1000}, ExpiredIdentityToken),
        ({"exp": None}, InvalidIdentityToken),
        ({"exp": "tomorrow"}, InvalidIdentityToken),
        ({"exp": True}, InvalidIdentityToken),
        ({"exp": float("nan")}, InvalidIdentityToken),
        ({"exp": float("inf")}, InvalidIdentityToken),
        ({"iat": None}, InvalidIdentityToken),
        ({"iat": NOW // 1000 + 301}, InvalidIdentityToken),
        ({"nbf": NOW // 1000 + 301}, InvalidIdentityToken),
        ({"sub": None}, InvalidIdentityToken),
        ({"sub": "x" * 256}, InvalidIdentityToken),
        ({"aud": None}, InvalidIdentityToken),
        ({"aud": "another"}, InvalidIdentityToken),
        ({"aud": [CLIENT, "another"]}, InvalidIdentityToken),
        ({"azp": "another"}, InvalidIdentityToken),
        ({"iss": f"{ISSUER}/"}, InvalidIdentityToken),
        ({"iss": URL}, InvalidIdentityToken),
        ({"iss": None}, InvalidIdentityToken),
        ({TAGS: {"principal_tags": {"team": ["a", "b"]}}}, IdentityProviderRejectedClaim),
        ({TAGS: []}, IdentityProviderRejectedClaim),
        ({"https://aws.amazon.com/source_identity": "no spaces"}, IdentityProviderRejectedClaim),
    ],
)
async def test_claims_that_are_not_taken(region: StsRegion, changes: dict[str, Any], error: type[KeytideError]) -> None:
    await refusal(error, region, token(claims(NOW, **changes)))


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": NOW // 1000 + 1},
        {"nbf": NOW // 1000 + 299},
        {"aud": [CLIENT]},
        {"aud": ["another", "a third"], "azp": CLIENT},
    ],
)
async def test_claims_that_are_taken(region: StsRegion, changes: dict[str, Any]) -> None:
    assert await assume(region, token(claims(NOW, **changes)))


@pytest.mark.parametrize(
    ("statement", "changes", "allowed"),
    [
        (letting(VOUCHED, ACTION, StringEquals={f"{URL}:aud": CLIENT}), {}, True),
        (letting(VOUCHED, ACTION, StringLike={f"{URL}:sub": "repo:*"}), {}, True),
        (letting(VOUCHED, ACTION, StringLike={f"{URL}:sub": "repo:other"}), {}, False),
        (letting(VOUCHED, ACTION, **{"ForAnyValue:StringEquals": {f"{URL}:amr": "otp"}}), {"amr": ["otp"]}, True),
        (letting(VOUCHED, ACTION, **{"ForAnyValue:StringEquals": {f"{URL}:amr": "otp"}}), {"amr": ["pwd"]}, False),
        (letting(VOUCHED, ACTION, StringEquals={"sts:RoleSessionName": "build"}), {}, True),
        (letting(VOUCHED, ACTION, StringEquals={"aws:FederatedProvider": PROVIDER}), {}, True),
        (letting(VOUCHED, "sts:AssumeRole"), {}, False),
        (letting({"Federated": PROVIDER + "x"}, ACTION), {}, False),
        (letting({"AWS": ACCOUNT}, ACTION), {}, False),
        (letting(VOUCHED, ACTION), {TAGS: {"principal_tags": {"team": ["rot"]}}}, False),
    ],
)
async def test_the_trust_policy_decides(
    statement: object, changes: dict[str, Any], allowed: bool, tmp_path: Path
) -> None:
    region, text = region_with(trust(statement), tmp_path), token(claims(NOW, **changes))
    if allowed:
        assert await assume(region, text)
    else:
        assert "Not authorized to perform sts:" in await refusal(AccessDenied, region, text)


async def test_the_provider_gives_tags_and_a_source_identity(region: StsRegion) -> None:
    told = {
        TAGS: {"principal_tags": {"team": ["rot"]}, "transitive_tag_keys": ["team"]},
        "https://aws.amazon.com/source_identity": "alice",
    }
    answer = await assume(region, token(claims(NOW, **told)))
    session = region.recognize(answer["Credentials"]).session
    assert session is not None
    assert (session.tags, session.transitive, session.source_identity) == ((("team", "rot"),), ("team",), "alice")
    assert answer["SourceIdentity"] == "alice"


async def test_a_provider_counts_where_the_account_has_registered_it(region: StsRegion) -> None:
    del region.view.states[f"oidc-provider/{ACCOUNT}/{URL}"]
    message = await refusal(InvalidIdentityToken, region, token(claims(NOW)))
    assert message == f"No OpenIDConnect provider found in your account for {ISSUER}"


@pytest.mark.parametrize("listed", [[], [IdentityProviderSettings("https://another.example")]])
async def test_a_provider_counts_where_the_operator_has_listed_it(region: StsRegion, listed: Any) -> None:
    region.fake.identity_providers = IdentityProviders(listed)
    await refusal(InvalidIdentityToken, region, token(claims(NOW)))


async def test_the_operator_may_list_a_provider_for_some_accounts(tmp_path: Path) -> None:
    policy = trust(letting(VOUCHED, ACTION))
    await refusal(InvalidIdentityToken, region_with(policy, tmp_path, accounts=("444455556666",)), token(claims(NOW)))
    assert await assume(region_with(policy, tmp_path, accounts=(ACCOUNT,)), token(claims(NOW)))


async def test_another_region_names_the_account_s_home(tmp_path: Path) -> None:
    there = region_with(trust(letting(VOUCHED, ACTION)), tmp_path, name=AWAY)
    with pytest.raises(RegionDisabled) as refused:
        await assume(there, token(claims(NOW)))
    assert refused.value.home_region == HOME


async def test_an_account_that_does_not_exist_has_no_provider(region: StsRegion) -> None:
    role = "arn:aws:iam::999999999999:role/ops"
    assert "No OpenIDConnect provider" in await refusal(InvalidIdentityToken, region, token(claims(NOW)), RoleArn=role)


async def test_access_tokens_of_oauth_are_not_taken(region: StsRegion) -> None:
    await refusal(ValidationFailed, region, token(claims(NOW)), ProviderId="www.example.com")


async def test_a_short_rsa_key_signs_for_nobody(region: StsRegion, tmp_path: Path) -> None:
    file = tmp_path / "short.json"
    file.write_text(json.dumps(issuer.published(("rsa", SHORT_KEY))))
    region.fake.identity_providers = IdentityProviders([IdentityProviderSettings(ISSUER, keys_file=file)])
    with pytest.warns(InsecureKeyLengthWarning):
        text = token(claims(NOW), SHORT_KEY)
    await refusal(InvalidIdentityToken, region, text)


@pytest.mark.parametrize("more", [{"use": "enc"}, {"alg": "RS512"}])
async def test_a_key_for_another_use_is_not_taken(region: StsRegion, more: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "other.json"
    file.write_text(json.dumps(issuer.published(("rsa", RSA_KEY), **more)))
    region.fake.identity_providers = IdentityProviders([IdentityProviderSettings(ISSUER, keys_file=file)])
    await refusal(InvalidIdentityToken, region, token(claims(NOW)))
