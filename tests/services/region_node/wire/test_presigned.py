"""Signatures in the query string, against botocore as the signer."""

import pytest

from services.region_node.wire import sigv4
from services.region_node.wire.signed_request import SignedRequest, parse
from shared.errors import IncompleteSignature, InvalidSignature, KeytideError
from tests.services.region_node.wire.signed_requests import ACCESS_KEY_ID, NOW, REGION, SECRET, Sent, presign, sign

KMS = {"x-amz-target": "TrentService.ListKeys"}


def verify(sent: Sent, *, now: int = NOW) -> SignedRequest:
    signed = parse(sent.method, sent.path, sent.query, sent.headers)
    sigv4.check_claims(signed, REGION, now)
    key = sigv4.region_key(SECRET.encode(), signed.claims.credential.date, signed.claims.credential.region)
    sigv4.verify(signed, sent.body, sigv4.service_key(key, signed.claims.credential.service))
    return signed


def refusal(sent: Sent, error: type[KeytideError], *, now: int = NOW) -> str:
    with pytest.raises(error) as caught:
        verify(sent, now=now)
    assert type(caught.value) is error
    return caught.value.message


def replaced(sent: Sent, old: bytes, new: bytes) -> Sent:
    assert old in sent.query
    return sent._replace(query=sent.query.replace(old, new))


def test_what_botocore_presigns_is_verified() -> None:
    signed = verify(presign())
    assert signed.claims.credential == (ACCESS_KEY_ID, "20260102", REGION, "sts", "aws4_request")
    assert (signed.claims.time, signed.lifetime, signed.token) == (NOW, 60_000, None)


def test_a_header_that_is_signed_besides_is_part_of_it() -> None:
    """As `aws-iam-authenticator` names its cluster."""
    sent = presign(headers={"x-k8s-aws-id": "cluster"})
    assert verify(sent)
    refusal(sent.with_header(b"x-k8s-aws-id", b"another"), InvalidSignature)


def test_the_session_token_stands_in_the_query_and_is_signed() -> None:
    sent = presign(token="a/token+of=base64")
    assert verify(sent).token == "a/token+of=base64"
    refusal(replaced(sent, b"a%2Ftoken", b"b%2Ftoken"), InvalidSignature)
    refusal(replaced(sent, b"&X-Amz-Security-Token=a%2Ftoken%2Bof%3Dbase64", b""), InvalidSignature)


@pytest.mark.parametrize("age", [-300_000, 0, 60_000])
def test_it_is_good_for_as_long_as_it_says(age: int) -> None:
    assert verify(presign(), now=NOW + age)


def test_after_that_it_has_expired() -> None:
    message = refusal(presign(), InvalidSignature, now=NOW + 61_000)
    assert (
        message
        == "Signature expired: 20260102T030405Z is now earlier than 20260102T030406Z (20260102T030506Z - 1 min.)"
    )
    assert "not yet current" in refusal(presign(), InvalidSignature, now=NOW - 301_000)


def test_a_week_is_the_longest() -> None:
    week = 604_800
    assert verify(presign(seconds=week), now=NOW + 1000 * week)
    assert "between 1 and 604800" in refusal(presign(seconds=week + 1), IncompleteSignature)


def test_without_a_time_to_live_it_is_good_for_a_quarter_of_an_hour() -> None:
    """The signature is another then; only its reading is tried."""
    sent = replaced(presign(), b"&X-Amz-Expires=60", b"")
    assert parse(*sent[:4]).lifetime == 900_000


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"GetCallerIdentity", b"GetSessionToken"),
        (b"X-Amz-Expires=60", b"X-Amz-Expires=61"),
        (b"&Version", b"&More=1&Version"),
        (b"X-Amz-Signature=", b"X-Amz-Signature=" + b"0" * 64 + b"&X-Other="),
    ],
)
def test_a_url_changed_anywhere_is_refused(old: bytes, new: bytes) -> None:
    refusal(replaced(presign(), old, new), InvalidSignature)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (b"AWS4-HMAC-SHA256", b"AWS4-HMAC-SHA1", "Unsupported AWS 'algorithm'"),
        (b"X-Amz-Algorithm=AWS4-HMAC-SHA256&", b"", "'X-Amz-Algorithm'"),
        (b"X-Amz-Date=20260102T030405Z&", b"", "'X-Amz-Date'"),
        (b"X-Amz-Date=20260102T030405Z", b"X-Amz-Date=yesterday", "ISO-8601"),
        (b"X-Amz-Signature=", b"X-Amz-Signature=A", "64 lower-case hexadecimal"),
        (b"X-Amz-Expires=60", b"X-Amz-Expires=-1", "should be a number"),
        (b"X-Amz-Expires=60", b"X-Amz-Expires=0", "between 1"),
        (b"X-Amz-Expires=60", b"X-Amz-Expires=60&X-Amz-Expires=60", "more than once"),
        (b"X-Amz-Expires=60", b"X-Amz-Expires=60&X-Amz-Expir%65s=60", "more than once"),
        (b"X-Amz-SignedHeaders=host", b"X-Amz-SignedHeaders=host%3Bhost", "SignedHeaders"),
        (b"%2Faws4_request", b"", "5 slash-delimited"),
    ],
)
def test_a_malformed_signature_is_incomplete(old: bytes, new: bytes, says: str) -> None:
    assert says in refusal(replaced(presign(), old, new), IncompleteSignature)


def test_one_request_has_one_signature_and_one_token() -> None:
    sent = presign(token="token")
    both = sent.with_header(b"authorization", sign().header(b"authorization"))
    assert "not in both" in refusal(both, IncompleteSignature)
    refusal(sent.with_header(b"x-amz-security-token", b"token"), InvalidSignature)
    two = presign(token="token", headers={"x-amz-security-token": "token"})
    assert "two session tokens" in refusal(two, IncompleteSignature)


def test_the_body_is_part_of_it() -> None:
    sent = presign(method="POST", query="", body=b"{}", headers=KMS, service="kms")
    assert verify(sent)
    refusal(sent._replace(body=b'{"Limit":1}'), InvalidSignature)


@pytest.mark.parametrize("header", [b"x-amz-content-sha256", b"x-other"])
def test_a_body_that_is_not_signed_is_refused(header: bytes) -> None:
    sent = presign(method="POST", query="", body=b"{}", headers=KMS, service="kms")
    refusal(sent.with_header(header, b"UNSIGNED-PAYLOAD")._replace(body=b"[]"), InvalidSignature)


def test_what_gives_the_request_its_meaning_must_be_signed() -> None:
    sent = presign(method="POST", query="", body=b"{}", service="kms")
    refusal(sent.with_header(b"x-amz-target", b"TrentService.ListKeys"), InvalidSignature)
    refusal(presign().without_header(b"host"), InvalidSignature)


@pytest.mark.parametrize("query", [b"X-Amz-Algorithmic=1", b"Action=X-Amz-Algorithm", b"x-amz-algorithm=1", b""])
def test_other_parameters_are_no_signature(query: bytes) -> None:
    sent = sign(url="http://localhost:8101/?" + query.decode())
    assert verify(sent).lifetime is None
