"""Access keys, home regions and derived keys: who a signed request comes from."""

from datetime import date, timedelta

import pytest

from services.region_node.requests.call import Caller
from services.region_node.wire import sigv4
from services.region_node.wire.authentication import Authenticator, command_id
from services.region_node.wire.session_tokens import SessionTokens
from services.region_node.wire.signed_request import parse
from shared.crypto.domain_keys import SecretUnavailable
from shared.errors import InvalidSignature, KeytideError, KeyUnavailable, UnrecognizedClient
from shared.identifiers import access_key_stream, account_stream, user_stream
from shared.identity.model import AccessKey, Account, SigningKeys, User
from shared.secrets import Secret
from tests.services.region_node.callers import user
from tests.services.region_node.wire.signed_requests import ACCESS_KEY_ID, NOW, REGION, SECRET, Sent, sign
from tests.shared.memory_view import MemoryView

ACCOUNT = "111122223333"


def never(_binding: str, _wrapped: bytes) -> Secret:
    raise SecretUnavailable("there is none")


CALLER = user(ACCOUNT, "admin", ACCESS_KEY_ID)
NO_SESSIONS = SessionTokens(REGION, bytes(32), never, never)
FIRST_DATE = date(2025, 12, 31)
DAYS = 5
HOME_KEY = AccessKey(ACCOUNT, "admin", ACCESS_KEY_ID, 0, b"wrapped", None, ())
AWAY_KEY = HOME_KEY._replace(wrapped=None, signing_keys=SigningKeys("20251231", DAYS, b"bundle"))


def view_of(access_key: AccessKey, *, user: bool = True) -> MemoryView:
    """A state that holds one access key and, unless it is gone, its user."""
    view = MemoryView(REGION)
    view.states[access_key_stream(ACCOUNT, ACCESS_KEY_ID)] = access_key
    view.states[account_stream(ACCOUNT)] = Account(ACCOUNT, REGION, "name", 0)
    if user:
        view.states[user_stream(ACCOUNT, "admin")] = User(ACCOUNT, "admin", "AIDAEXAMPLE", 0)
    return view


class Opener:
    """The vault of a region, as far as access keys go; counts how often it was asked."""

    def __init__(self, *, available: bool = True) -> None:
        self.available = available
        self.asked = 0

    def __call__(self, binding: str, wrapped: bytes) -> Secret:
        self.asked += 1
        secrets = {
            (f"access-key/{ACCOUNT}/{ACCESS_KEY_ID}", b"wrapped"): SECRET.encode(),
            (f"access-key/{ACCOUNT}/{ACCESS_KEY_ID}", b"wrapped again"): b"another secret",
            (f"signing-keys/{ACCOUNT}/{ACCESS_KEY_ID}/20251231", b"bundle"): signing_keys(),
            (f"signing-keys/{ACCOUNT}/{ACCESS_KEY_ID}/20251231", b"short"): signing_keys()[:-1],
            (f"signing-keys/{ACCOUNT}/{ACCESS_KEY_ID}/20251231", b"older"): b"".join(region_keys()),
        }
        if not self.available or (binding, wrapped) not in secrets:
            raise SecretUnavailable("it does not open")
        return Secret(secrets[binding, wrapped])


def signing_keys() -> bytes:
    return b"".join(sigv4.service_key(key, service) for key in region_keys() for service in ("kms", "sts"))


def region_keys() -> list[bytes]:
    dates = ((FIRST_DATE + timedelta(days=day)).strftime("%Y%m%d") for day in range(DAYS))
    return [sigv4.region_key(SECRET.encode(), day, REGION) for day in dates]


def authenticate(
    sent: Sent, access_key: AccessKey = HOME_KEY, *, user: bool = True, now: int = NOW, opener: Opener | None = None
) -> Caller:
    signed = parse(sent.method, sent.path, sent.query, sent.headers)
    authenticator = Authenticator(REGION, opener or Opener(), NO_SESSIONS)
    return authenticator.authenticate(signed, sent.body, view_of(access_key, user=user), now)


def refusal(error: type[KeytideError], sent: Sent, access_key: AccessKey = HOME_KEY, **options: bool) -> str:
    with pytest.raises(error) as caught:
        authenticate(sent, access_key, **options)  # type: ignore[arg-type]  # the options of authenticate, by name
    return caught.value.message


@pytest.mark.parametrize("access_key", [HOME_KEY, AWAY_KEY], ids=["home", "away"])
def test_the_holder_of_the_secret_is_recognized(access_key: AccessKey) -> None:
    assert authenticate(sign(), access_key) == CALLER


@pytest.mark.parametrize("access_key", [HOME_KEY, AWAY_KEY], ids=["home", "away"])
def test_another_secret_is_refused(access_key: AccessKey) -> None:
    assert refusal(InvalidSignature, sign(secret="guessed"), access_key) == sigv4.MISMATCH


def test_an_unknown_access_key_is_refused_in_the_words_of_aws() -> None:
    message = refusal(UnrecognizedClient, sign(access_key_id="AKIAUNKNOWN"))
    assert message == "The security token included in the request is invalid."


def test_a_session_token_that_was_never_issued_is_refused() -> None:
    refusal(UnrecognizedClient, sign(token="made up"))


def test_an_access_key_without_its_user_is_refused() -> None:
    refusal(UnrecognizedClient, sign(), user=False)


def test_an_inactive_access_key_is_refused() -> None:
    message = refusal(UnrecognizedClient, sign(), HOME_KEY._replace(status="Inactive"))
    assert message == "The security token included in the request is invalid."


def test_root_and_services_are_recognized() -> None:
    root = authenticate(sign(), HOME_KEY._replace(user_name=""))
    assert root[:3] == (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT)
    service = authenticate(sign(), HOME_KEY._replace(user_name="", service_principal="backup.example.com"))
    assert service[:3] == (ACCOUNT, "backup.example.com", "")


def test_an_expired_signature_is_refused() -> None:
    with pytest.raises(InvalidSignature, match="Signature expired"):
        authenticate(sign(), now=NOW + 301_000)


@pytest.mark.parametrize("day", range(DAYS))
def test_every_date_of_the_bundle_verifies_away_from_home(day: int) -> None:
    moment = NOW + (day - 2) * 86_400_000
    assert authenticate(sign(at=moment), AWAY_KEY, now=moment) == CALLER


@pytest.mark.parametrize("day", [-1, DAYS])
def test_a_date_outside_the_bundle_is_refused_with_the_region_and_the_date(day: int) -> None:
    moment = NOW + (day - 2) * 86_400_000
    shown = (FIRST_DATE + timedelta(days=day)).strftime("%Y%m%d")
    with pytest.raises(UnrecognizedClient, match=f"Region eu-west-1 has no signing key .* for {shown}"):
        authenticate(sign(at=moment), AWAY_KEY, now=moment)


def test_away_from_home_without_any_bundle_is_refused() -> None:
    refusal(UnrecognizedClient, sign(), AWAY_KEY._replace(signing_keys=None))


def test_at_home_sts_takes_any_region_of_the_scope() -> None:
    assert authenticate(sign(b"", headers={}, service="sts", region="us-east-1")) == CALLER


def test_away_from_home_sts_takes_this_regions_scope_alone() -> None:
    assert authenticate(sign(b"", headers={}, service="sts"), AWAY_KEY) == CALLER
    message = refusal(InvalidSignature, sign(b"", headers={}, service="sts", region="us-east-1"), AWAY_KEY)
    assert message == "Credential should be scoped to a valid region, not 'us-east-1'."


@pytest.mark.parametrize("service", ["kms", "sts"])
def test_a_bundle_of_region_keys_verifies_until_its_dates_are_over(service: str) -> None:
    older = AWAY_KEY._replace(signing_keys=SigningKeys("20251231", DAYS, b"older"))
    sent = sign() if service == "kms" else sign(b"", headers={}, service=service)
    assert authenticate(sent, older) == CALLER
    refusal(InvalidSignature, sign(secret="guessed"), older)


@pytest.mark.parametrize("region", ["us-east-1", REGION])
def test_what_only_the_home_can_verify_is_refused_with_its_name(region: str) -> None:
    view = view_of(AWAY_KEY)
    view.states[account_stream(ACCOUNT)] = Account(ACCOUNT, "ap-southeast-2", "", 0)
    sent = sign(b"", headers={}, service="iam", region=region)
    with pytest.raises(InvalidSignature) as caught:
        Authenticator(REGION, Opener(), NO_SESSIONS).authenticate(parse(*sent[:4]), sent.body, view, NOW)
    assert caught.value.home_region == "ap-southeast-2"
    with pytest.raises(InvalidSignature) as guessed:
        authenticate(sign(secret="guessed"), AWAY_KEY)
    assert guessed.value.home_region == ""


@pytest.mark.parametrize("access_key", [HOME_KEY, AWAY_KEY], ids=["home", "away"])
def test_a_key_that_cannot_be_opened_yet_fails_retryably(access_key: AccessKey) -> None:
    with pytest.raises(KeyUnavailable) as caught:
        authenticate(sign(), access_key, opener=Opener(available=False))
    assert caught.value.retryable


def test_a_bundle_of_the_wrong_length_is_not_used() -> None:
    refusal(KeyUnavailable, sign(), AWAY_KEY._replace(signing_keys=SigningKeys("20251231", DAYS, b"short")))


@pytest.mark.parametrize("access_key", [HOME_KEY, AWAY_KEY], ids=["home", "away"])
def test_a_key_is_opened_once_a_day(access_key: AccessKey) -> None:
    opener = Opener()
    authenticator = Authenticator(REGION, opener, NO_SESSIONS)
    for at in (NOW, NOW + 1000, NOW + 86_400_000):
        sent = sign(at=at)
        signed = parse(sent.method, sent.path, sent.query, sent.headers)
        assert authenticator.authenticate(signed, sent.body, view_of(access_key), at) == CALLER
    assert opener.asked == 2


def test_what_is_remembered_does_not_outlive_the_secret() -> None:
    authenticator = Authenticator(REGION, Opener(), NO_SESSIONS)
    sent = sign()
    signed = parse(sent.method, sent.path, sent.query, sent.headers)
    authenticator.authenticate(signed, sent.body, view_of(HOME_KEY), NOW)
    with pytest.raises(InvalidSignature):
        authenticator.authenticate(signed, sent.body, view_of(HOME_KEY._replace(wrapped=b"wrapped again")), NOW)


FRESH = bytes(range(16))


def test_a_retry_has_the_same_command_id() -> None:
    first = command_id(CALLER, "CreateKey", b"{}", b"invocation", FRESH)
    assert first == command_id(CALLER, "CreateKey", b"{}", b"invocation", bytes(16))
    assert len(first) == 16


def test_another_call_has_another_command_id() -> None:
    ids = {
        command_id(CALLER, "CreateKey", b"{}", b"invocation", FRESH),
        command_id(CALLER, "CreateKey", b"{}", b"other", FRESH),
        command_id(CALLER, "CreateKey", b"{ }", b"invocation", FRESH),
        command_id(CALLER, "CreateAlias", b"{}", b"invocation", FRESH),
        command_id(CALLER, "CreateKe", b"{}", b"yinvocation", FRESH),
        command_id(CALLER._replace(access_key_id="AKIAOTHER"), "CreateKey", b"{}", b"invocation", FRESH),
        command_id(CALLER._replace(account="444455556666"), "CreateKey", b"{}", b"invocation", FRESH),
    }
    assert len(ids) == 7


@pytest.mark.parametrize("absent", [None, b""])
def test_without_an_invocation_id_a_command_is_one_of_its_own(absent: bytes | None) -> None:
    assert command_id(CALLER, "CreateKey", b"{}", absent, FRESH) == FRESH
