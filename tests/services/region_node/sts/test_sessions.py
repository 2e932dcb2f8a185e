"""Temporary credentials in the regions that did not issue them, and in whose hands they are worth nothing."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.region_node.keys.vault import RegionVault
from services.region_node.requests.call import Session
from services.region_node.sts.issuing import SessionIssuer, session_dates
from services.region_node.wire.regional_keys import regional_keys
from services.region_node.wire.session_tokens import REMEMBERED
from services.region_node.wire.sigv4 import region_key, service_key
from shared.crypto.session_token import decode_token, session_binding
from shared.errors import ExpiredToken, InvalidSignature, KeytideError, KeyUnavailable, UnrecognizedClient
from shared.identifiers import account_stream, peer_stream, session_key_id, user_stream
from shared.identity.account_events import AccessKeyDeleted, AccessKeyStatusUpdated, AccountStandByUpdated
from shared.identity.events import RoleDeleted
from shared.identity.model import Account, User
from shared.identity.session import SessionClaims
from shared.identity.session_errors import PackedPolicyTooLarge
from shared.policy.question import Principal, PrincipalKind
from tests.services.region_node.operations.fake_region import ACCOUNT
from tests.services.region_node.sts.world import (
    ALICE,
    ALICE_KEY,
    AWAY,
    HOME,
    KEYS,
    REGIONS,
    ROLE,
    STAND_BY,
    StsRegion,
    world,
)

HOUR, DAY = 3_600_000, 86_400_000
SESSION = Principal(
    PrincipalKind.SESSION,
    ACCOUNT,
    f"arn:aws:sts::{ACCOUNT}:assumed-role/ops/deploy",
    "AROAOPSOPSOPSOPS",
    ROLE,
)


@pytest.fixture
def regions() -> dict[str, StsRegion]:
    return world()


@pytest.fixture
async def credentials(regions: dict[str, StsRegion]) -> dict[str, Any]:
    return await regions[HOME].assume()


@pytest.mark.parametrize("region", REGIONS)
async def test_a_session_is_known_in_every_region(region: str, regions: dict[str, StsRegion], credentials: Any) -> None:
    caller = regions[region].recognize(credentials)
    assert (caller.principal, caller.user_id) == (SESSION, "AROAOPSOPSOPSOPS:deploy")
    assert caller.session == Session(regions[HOME].view.time)
    assert caller.access_key_id == credentials["AccessKeyId"]


async def test_the_issuer_verifies_a_signature_for_any_region(regions: dict[str, StsRegion], credentials: Any) -> None:
    """IAM's requests bear one region, wherever the account is."""
    iam = {"service": "iam", "headers": {}, "region": AWAY}
    assert regions[HOME].recognize(credentials, **iam).principal == SESSION
    with pytest.raises(InvalidSignature) as refused:
        regions[STAND_BY].recognize(credentials, **iam)
    assert refused.value.home_region == HOME


async def test_a_stand_by_verifies_for_any_region_and_issues_too() -> None:
    regions = world(STAND_BY)
    for issuer in (HOME, STAND_BY):
        credentials = await regions[issuer].assume()
        for region in REGIONS:
            assert regions[region].recognize(credentials).principal == SESSION
        for region in (HOME, STAND_BY):
            iam = regions[region].recognize(credentials, service="iam", headers={}, region=AWAY)
            assert iam.principal == SESSION


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"SecretAccessKey": "guessed"}, InvalidSignature),
        ({"SessionToken": "made up"}, UnrecognizedClient),
        ({"AccessKeyId": session_key_id(ACCOUNT, 1)}, UnrecognizedClient),
        ({"AccessKeyId": ALICE_KEY}, UnrecognizedClient),
    ],
)
@pytest.mark.parametrize("region", REGIONS)
async def test_part_of_the_credentials_is_not_enough(
    region: str,
    change: dict[str, str],
    error: type[KeytideError],
    regions: dict[str, StsRegion],
    credentials: dict[str, Any],
) -> None:
    with pytest.raises(error):
        regions[region].recognize({**credentials, **change})


@pytest.mark.parametrize("region", REGIONS)
async def test_the_credentials_without_their_token_are_unknown(
    region: str, regions: dict[str, StsRegion], credentials: Any
) -> None:
    with pytest.raises(UnrecognizedClient):
        regions[region].recognize({**credentials, "SessionToken": None})


@pytest.mark.parametrize("region", REGIONS)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_a_token_with_any_bit_flipped_is_refused_everywhere(region: str, data: st.DataObject) -> None:
    raw = bytearray(base64.b64decode(TOKEN["SessionToken"]))
    place = data.draw(st.integers(0, 8 * len(raw) - 1))
    raw[place // 8] ^= 1 << place % 8
    with pytest.raises(UnrecognizedClient):
        WORLD[region].recognize({**TOKEN, "SessionToken": base64.b64encode(raw).decode()})


# Who may issue


def forged(
    issuer: str, signer: str, regions: dict[str, StsRegion], begins_in: int = 0, lasting: int = HOUR
) -> dict[str, Any]:
    """A session of the role that `signer` signs and `issuer` is said to have issued. Times in milliseconds."""
    peers = {name: KEYS[name].card for name in REGIONS if name != issuer}
    vault = RegionVault(KEYS[issuer], 1, lambda: peers)
    time = regions[HOME].view.time + begins_in
    claims = SessionClaims(
        session_key_id(ACCOUNT, 9), ACCOUNT, "AROAOPSOPSOPSOPS", "ops", "deploy", "", time, time + lasting
    )
    account = regions[HOME].view.state(account_stream(ACCOUNT))
    assert isinstance(account, Account)
    issued = SessionIssuer(issuer, vault, KEYS[signer].identity).issue(account, claims)
    return {
        "AccessKeyId": issued.access_key_id,
        "SecretAccessKey": issued.secret.reveal().decode(),
        "SessionToken": issued.token,
    }


def test_what_is_forged_here_differs_from_a_good_token_in_its_issuer_alone(regions: dict[str, StsRegion]) -> None:
    assert regions[AWAY].recognize(forged(HOME, HOME, regions)).principal == SESSION


@pytest.mark.parametrize("verifier", REGIONS)
@pytest.mark.parametrize(("issuer", "signer"), [(AWAY, AWAY), (STAND_BY, STAND_BY), (HOME, AWAY), (HOME, STAND_BY)])
def test_no_other_region_can_mint_a_token(
    issuer: str, signer: str, verifier: str, regions: dict[str, StsRegion]
) -> None:
    with pytest.raises(UnrecognizedClient):
        regions[verifier].recognize(forged(issuer, signer, regions))


@pytest.mark.parametrize("verifier", REGIONS)
@pytest.mark.parametrize(("begins_in", "lasting"), [(0, 2 * DAY), (HOUR, HOUR), (365 * DAY, HOUR)])
def test_an_issuer_that_turned_cannot_issue_for_years(
    begins_in: int, lasting: int, verifier: str, regions: dict[str, StsRegion]
) -> None:
    with pytest.raises(UnrecognizedClient):
        regions[verifier].recognize(forged(HOME, HOME, regions, begins_in, lasting))


async def test_what_is_remembered_of_sessions_is_bounded_by_its_size(regions: dict[str, StsRegion]) -> None:
    """Many tags of one letter make a small token, and a large session."""
    tags = [{"Key": str(number) + "k" * 120, "Value": "v" * 256} for number in range(50)]
    credentials = await regions[HOME].assume(Tags=tags)
    regions[AWAY].recognize(credentials)
    tokens = regions[AWAY].authenticator._sessions
    assert tokens._opened._weight > 50 * 376
    assert REMEMBERED // tokens._opened._weight < 1_000


async def test_who_may_issue_no_longer_issued_nothing(regions: dict[str, StsRegion]) -> None:
    """What was opened before does not outlive the right of its issuer."""
    regions = world(STAND_BY)
    credentials = await regions[STAND_BY].assume()
    assert regions[AWAY].recognize(credentials).principal == SESSION
    regions[AWAY].fold(HOME, AccountStandByUpdated(ACCOUNT, None))
    with pytest.raises(UnrecognizedClient):
        regions[AWAY].recognize(credentials)


async def test_an_issuer_whose_card_is_not_pinned_is_not_believed(
    regions: dict[str, StsRegion], credentials: Any
) -> None:
    del regions[AWAY].view.states[peer_stream(HOME)]
    with pytest.raises(UnrecognizedClient):
        regions[AWAY].recognize(credentials)


async def test_a_region_gets_no_more_than_its_own_keys(regions: dict[str, StsRegion], credentials: Any) -> None:
    """A region that is not trusted with the account's secrets cannot sign for another with what it has, nor for IAM."""
    token = decode_token(credentials["SessionToken"])
    assert [(name, share.whole) for name, share in sorted(token.shares.items())] == [
        (AWAY, False),
        (STAND_BY, False),
        (HOME, True),
    ]
    binding = session_binding(ACCOUNT, credentials["AccessKeyId"])
    opened = KEYS[AWAY].sealing_keys[1].open(token.shares[AWAY].sealed, binding).reveal()
    secret = credentials["SecretAccessKey"].encode()
    (date,) = session_dates(token.claims)
    assert opened == regional_keys(secret, [date], AWAY)
    assert service_key(region_key(secret, date, AWAY), "iam") not in opened
    assert credentials["SecretAccessKey"].encode() not in opened


async def test_a_region_that_the_issuer_did_not_know_says_so(regions: dict[str, StsRegion]) -> None:
    vault = RegionVault(KEYS[HOME], 1, lambda: {STAND_BY: KEYS[STAND_BY].card})
    regions[HOME].fake.sessions = SessionIssuer(HOME, vault, KEYS[HOME].identity)
    credentials = await regions[HOME].assume()
    assert regions[STAND_BY].recognize(credentials).principal == SESSION
    with pytest.raises(UnrecognizedClient, match=f"without a key for region {AWAY}"):
        regions[AWAY].recognize(credentials)


async def test_a_share_that_does_not_open_fails_retryably(regions: dict[str, StsRegion]) -> None:
    vault = RegionVault(KEYS[HOME], 1, lambda: {AWAY: KEYS[STAND_BY].card._replace(region=AWAY)})
    regions[HOME].fake.sessions = SessionIssuer(HOME, vault, KEYS[HOME].identity)
    with pytest.raises(KeyUnavailable):
        regions[AWAY].recognize(await regions[HOME].assume())


# How it ends


@pytest.mark.parametrize("region", REGIONS)
async def test_a_session_ends_when_it_expires(region: str, regions: dict[str, StsRegion], credentials: Any) -> None:
    last = regions[HOME].view.time + HOUR - 1
    assert regions[region].recognize(credentials, at=last).principal == SESSION
    with pytest.raises(ExpiredToken) as refused:
        regions[region].recognize(credentials, at=last + 1)
    assert refused.value.message == "The security token included in the request is expired"
    with pytest.raises(ExpiredToken):
        regions[region].recognize(credentials, at=last + 7 * DAY)


@pytest.mark.parametrize("region", REGIONS)
async def test_a_long_session_verifies_on_each_of_its_dates(region: str, regions: dict[str, StsRegion]) -> None:
    credentials = (await regions[HOME].ask(ALICE, "GetSessionToken", DurationSeconds=129_600))["Credentials"]
    start = regions[HOME].view.time
    for at in (start, start + DAY, start + 129_600_000 - 1):
        assert regions[region].recognize(credentials, at=at).arn == ALICE.arn


@pytest.mark.parametrize("off", [-300_000, 299_000])
async def test_a_client_whose_clock_is_in_another_date_is_known(off: int, regions: dict[str, StsRegion]) -> None:
    """From a minute before midnight to a minute after, or the other way round."""
    midnight = regions[HOME].view.time // DAY * DAY + DAY
    now = midnight + (60_000 if off < 0 else -60_000)
    for region in regions.values():
        region.view.time = now
    credentials = await regions[HOME].assume(DurationSeconds=900)
    for region in regions.values():
        assert region.authenticated(region.signed(credentials, at=now + off), now).principal == SESSION


Ending = Callable[[StsRegion], None]


def role_deleted(region: StsRegion) -> None:
    region.fold(HOME, RoleDeleted(ACCOUNT, "ops"))


def role_made_again(region: StsRegion) -> None:
    role_deleted(region)
    region.add_role(role_id="AROAANOTHERANOTHER")


@pytest.mark.parametrize("end", [role_deleted, role_made_again])
@pytest.mark.parametrize("region", REGIONS)
async def test_a_role_that_is_gone_ends_its_sessions(
    region: str, end: Ending, regions: dict[str, StsRegion], credentials: Any
) -> None:
    regions[region].recognize(credentials)
    end(regions[region])
    with pytest.raises(UnrecognizedClient):
        regions[region].recognize(credentials)


def access_key_deleted(region: StsRegion) -> None:
    region.fold(HOME, AccessKeyDeleted(ACCOUNT, ALICE_KEY))


def access_key_deactivated(region: StsRegion) -> None:
    region.fold(HOME, AccessKeyStatusUpdated(ACCOUNT, ALICE_KEY, "Inactive"))


def user_deleted(region: StsRegion) -> None:
    del region.view.states[user_stream(ACCOUNT, "alice")]


def user_made_again(region: StsRegion) -> None:
    region.view.states[user_stream(ACCOUNT, "alice")] = User(ACCOUNT, "alice", "AIDAANOTHER", 0)


@pytest.mark.parametrize("end", [access_key_deleted, access_key_deactivated, user_deleted, user_made_again])
@pytest.mark.parametrize("region", REGIONS)
async def test_a_user_s_session_ends_with_the_access_key_for_which_it_was_given(
    region: str, end: Ending, regions: dict[str, StsRegion]
) -> None:
    credentials = (await regions[HOME].ask(ALICE, "GetSessionToken"))["Credentials"]
    caller = regions[region].recognize(credentials)
    assert (caller.principal, caller.user_id) == (ALICE.principal, ALICE.user_id)
    end(regions[region])
    with pytest.raises(UnrecognizedClient):
        regions[region].recognize(credentials)


async def test_more_regions_than_a_header_holds_are_refused(regions: dict[str, StsRegion]) -> None:
    cards = {f"eu-west-{number}": KEYS[AWAY].card for number in range(40)}
    regions[HOME].fake.sessions = SessionIssuer(HOME, RegionVault(KEYS[HOME], 1, lambda: cards), KEYS[HOME].identity)
    with pytest.raises(PackedPolicyTooLarge, match="every region"):
        await regions[HOME].assume()


async def test_a_token_is_small_enough_for_a_header(credentials: Any) -> None:
    """Three regions: two sealed shares of some 1.2 KB, and what stands beside them."""
    assert len(credentials["SessionToken"]) < 4_096


WORLD = world()
TOKEN = forged(HOME, HOME, WORLD)
