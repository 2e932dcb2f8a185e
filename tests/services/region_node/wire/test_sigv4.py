"""Verification of signatures, against botocore as the signer and AWS's published vectors."""

import string
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.region_node.wire import sigv4
from services.region_node.wire.canonical_request import canonical_path, canonical_query
from services.region_node.wire.signed_request import SignedRequest, parse
from shared.errors import IncompleteSignature, InvalidSignature, KeytideError, MissingAuthenticationToken
from tests.services.region_node.wire.signed_requests import ENCRYPT_HEADERS, NOW, REGION, SECRET, STAMP, Sent, sign

MINUTE = 60_000


def verify(sent: Sent, *, region: str = REGION, now: int = NOW, secret: str = SECRET) -> SignedRequest:
    signed = parse(sent.method, sent.path, sent.query, sent.headers)
    sigv4.check_claims(signed, region, now)
    key = sigv4.region_key(secret.encode(), signed.claims.credential.date, signed.claims.credential.region)
    sigv4.verify(signed, sent.body, sigv4.service_key(key, signed.claims.credential.service))
    return signed


def refusal(sent: Sent, error: type[KeytideError], **options: str | int) -> str:
    with pytest.raises(error) as caught:
        verify(sent, **options)  # type: ignore[arg-type]  # the options of verify, by name
    assert type(caught.value) is error
    return caught.value.message


def test_what_is_remembered_of_a_client_proves_nothing_for_another_request() -> None:
    """The headers of a request that was good, under its signature, do not carry another body, method or header."""
    sent = sign(b'{"KeyId":"alias/a"}')
    verify(sent)
    for other in (
        sent._replace(body=b'{"KeyId":"alias/b"}'),
        sent._replace(method="PUT"),
        sent.with_header(b"x-amz-target", b"TrentService.Decrypt"),
        sent.with_header(b"host", b"elsewhere"),
    ):
        assert refusal(other, InvalidSignature) == sigv4.MISMATCH
    refusal(sent._replace(headers=(*sent.headers, (b"x-amz-security-token", b"t"))), InvalidSignature)
    refusal(sent, InvalidSignature, now=NOW + 6 * MINUTE)
    refusal(sent, InvalidSignature, region="us-east-1")
    verify(sent)


def test_what_botocore_signs_is_verified() -> None:
    signed = verify(sign(b'{"KeyId":"alias/a"}'))
    assert signed.claims.credential == ("AKIAIOSFODNN7EXAMPLE", "20260102", REGION, "kms", "aws4_request")
    assert (signed.claims.stamp, signed.claims.time) == (STAMP, NOW)
    assert signed.headers[b"x-amz-target"] == b"TrentService.Encrypt"


def test_key_derivation_gives_the_value_that_aws_published() -> None:
    # AWS General Reference, "Examples of how to derive a signing key for Signature Version 4".
    region_key = sigv4.region_key(b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "20120215", "us-east-1")
    assert region_key.hex() == "69daa0209cd9c5ff5c8ced464a696fd4252e981430b10e3d3fd8e2f197d7a70c"
    signing_key = sigv4.service_key(region_key, "iam")
    assert signing_key.hex() == "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d"


def test_the_request_of_the_general_reference_has_its_published_signature() -> None:
    # AWS General Reference, "Create a signed AWS API request": GET ListUsers of IAM, 30 August 2015.
    headers = (
        (b"content-type", b"application/x-www-form-urlencoded; charset=utf-8"),
        (b"host", b"iam.amazonaws.com"),
        (b"x-amz-date", b"20150830T123600Z"),
        (
            b"authorization",
            b"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
            b"SignedHeaders=content-type;host;x-amz-date, "
            b"Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
        ),
    )
    sent = Sent("GET", b"/", b"Action=ListUsers&Version=2010-05-08", headers, b"")
    verify(sent, now=1440938160000, secret="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")


words = st.text(string.ascii_letters + string.digits + "-._~ !$'()*,;:@/?=&%+ä€", max_size=12)
visible = st.text(string.ascii_letters + string.digits + ' !"#$%&()*+,-./:;<=>?@[]^_`{|}~\t', max_size=30)
own_headers = st.dictionaries(st.from_regex(r"x-own-[a-z0-9]{1,8}", fullmatch=True), visible, max_size=4)


@given(
    body=st.binary(max_size=300),
    headers=own_headers,
    pairs=st.lists(st.tuples(words, words), max_size=4),
    segments=st.lists(words, max_size=4),
)
def test_any_request_that_botocore_signs_is_verified(
    body: bytes, headers: dict[str, str], pairs: list[tuple[str, str]], segments: list[str]
) -> None:
    query = "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in pairs)
    path = "/".join(quote(segment, safe="-_.~") for segment in segments)
    sent = sign(body, url=f"http://localhost:8101/{path}" + (f"?{query}" if query else ""), headers=headers)
    verify(sent)


header_names = st.sampled_from([b"host", b"date", b"x-amz-date", b"authorization", b"X-Amz-Target", b"", b"\xff"])
claims = st.binary(max_size=60).map(lambda junk: b"AWS4-HMAC-SHA256 Credential=" + junk)
header_values = st.one_of(st.binary(max_size=60), claims, st.sampled_from([STAMP.encode(), b"Fri, 02 Jan 2026"]))


@given(
    path=st.binary(max_size=30),
    query=st.binary(max_size=30),
    headers=st.lists(st.tuples(header_names, header_values), max_size=6),
    changed=st.sampled_from([b"host", b"x-amz-date", b"authorization", b"content-type"]),
    value=header_values,
)
def test_whatever_arrives_is_refused_as_a_request_and_never_fails_otherwise(
    path: bytes, query: bytes, headers: list[tuple[bytes, bytes]], changed: bytes, value: bytes
) -> None:
    for sent in (sign()._replace(headers=tuple(headers)), sign().with_header(changed, value)):
        with pytest.raises(KeytideError):
            verify(sent._replace(path=b"/x" + path, query=query))


def test_very_many_repeated_headers_are_read_in_linear_time() -> None:
    headers = tuple((b"x%d" % (number % 20_000), b"") for number in range(40_000))
    refusal(sign()._replace(headers=headers), MissingAuthenticationToken)


@given(body=st.binary(max_size=100), other=st.binary(max_size=100))
def test_another_body_is_refused(body: bytes, other: bytes) -> None:
    if body != other:
        assert refusal(sign(body)._replace(body=other), InvalidSignature) == sigv4.MISMATCH


mutations: dict[str, Callable[[Sent], Sent]] = {
    "method": lambda sent: sent._replace(method="GET"),
    "path": lambda sent: sent._replace(path=b"/other"),
    "query": lambda sent: sent._replace(query=b"a=2"),
    "query added": lambda sent: sent._replace(query=b"a=1&b"),
    "host": lambda sent: sent.with_header(b"host", b"other:8101"),
    "target": lambda sent: sent.with_header(b"x-amz-target", b"TrentService.ScheduleKeyDeletion"),
    "content type": lambda sent: sent.with_header(b"content-type", b"text/plain"),
    "date": lambda sent: sent.with_header(b"x-amz-date", b"20260102T030406Z"),
    "own header": lambda sent: sent.with_header(b"x-own", b"other"),
    "signature": lambda sent: sent.with_authorization(sent.header(b"authorization")[-64:], b"0" * 64),
}


@pytest.mark.parametrize("mutation", mutations)
def test_a_request_changed_anywhere_is_refused(mutation: str) -> None:
    sent = sign(b"{}", url="http://localhost:8101/?a=1", headers=ENCRYPT_HEADERS | {"X-Own": "mine"})
    verify(sent)
    assert refusal(mutations[mutation](sent), InvalidSignature) == sigv4.MISMATCH


def test_another_secret_is_refused() -> None:
    assert refusal(sign(), InvalidSignature, secret="other") == sigv4.MISMATCH


def test_every_bit_of_the_signature_counts() -> None:
    sent = sign()
    signature = sent.header(b"authorization")[-64:]
    for position in range(64):
        digit = b"%x" % (int(signature[position : position + 1], 16) ^ 1)
        forged = signature[:position] + digit + signature[position + 1 :]
        assert refusal(sent.with_authorization(signature, forged), InvalidSignature) == sigv4.MISMATCH


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        (b"AWS4-HMAC-SHA256 ", b"AWS4-HMAC-SHA1 ", "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA1'."),
        (b"Credential=", b"Credential ", "'Credential AKIAIOSFODNN7EXAMPLE/20260102/eu-west-1/kms/aws4_request' not a"),
        (b"Credential=", b"Other=", "Authorization header has an unknown or repeated parameter: 'Other'."),
        (b"Credential=", b"Signature=a, Credential=", "unknown or repeated parameter: 'Signature'."),
        (
            b"/kms/",
            b"/",
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term",
        ),
        (b"/kms/", b"/kms/kms/", "Credential must have exactly 5 slash-delimited elements"),
        (b"content-type;host", b"Content-Type;host", "SignedHeaders must be lower-case, sorted and distinct"),
        (b"content-type;host", b"host;content-type", "SignedHeaders must be lower-case, sorted and distinct"),
        (b"content-type;host", b"content-type;host;host", "SignedHeaders must be lower-case, sorted and distinct"),
        (b"content-type;host", b"", "SignedHeaders must be lower-case, sorted and distinct"),
        (b"Signature=", b"Signature=g", "Signature must be 64 lower-case hexadecimal digits."),
        (b"Signature=", b"Signature=0", "Signature must be 64 lower-case hexadecimal digits."),
        (b"Signature=", b"Signature=\xc3\xa4", "The Authorization header must be ASCII."),
        (b"Signature=", b"Signature=" + b"0" * 5000, "The Authorization header must have at most 4096 bytes."),
    ],
)
def test_a_malformed_authorization_header_is_incomplete(old: bytes, new: bytes, text: str) -> None:
    assert text in refusal(sign().with_authorization(old, new), IncompleteSignature)


def test_all_missing_parameters_are_named_and_the_header_is_not_echoed() -> None:
    message = refusal(sign().with_header(b"authorization", b"AWS4-HMAC-SHA256 Credential=secret"), IncompleteSignature)
    assert message.startswith(
        "Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter."
    )
    assert "secret" not in message


def test_a_signature_of_63_digits_is_incomplete() -> None:
    header = sign().header(b"authorization")[:-1]
    for short in (header, header + b"G", header + b" ", header.replace(b" ", b"  ")):
        refusal(sign().with_header(b"authorization", short), IncompleteSignature)


def test_the_name_of_a_signed_header_may_have_any_character_of_a_token() -> None:
    verify(sign(headers=ENCRYPT_HEADERS | {"x-%b%%!#$&'*+.^_`|~": "mine"}))


def test_parameters_may_come_in_any_order_and_without_blanks() -> None:
    sent = sign()
    algorithm, _, rest = sent.header(b"authorization").partition(b" ")
    reordered = b",".join(reversed(rest.split(b", ")))
    verify(sent.with_header(b"authorization", algorithm + b" " + reordered))


def test_no_authorization_is_a_missing_token() -> None:
    assert (
        refusal(sign().without_header(b"authorization"), MissingAuthenticationToken) == "Missing Authentication Token"
    )
    refusal(sign().with_header(b"authorization", b""), MissingAuthenticationToken)


def test_a_second_authorization_header_is_refused() -> None:
    sent = sign()
    doubled = sent._replace(headers=(*sent.headers, (b"authorization", sent.header(b"authorization"))))
    refusal(doubled, IncompleteSignature)


def test_a_repeated_signed_header_is_refused() -> None:
    sent = sign()
    doubled = sent._replace(headers=((b"x-amz-target", b"TrentService.DisableKey"), *sent.headers))
    assert "'x-amz-target' more than once" in refusal(doubled, InvalidSignature)


def test_a_repeated_header_that_is_not_signed_does_no_harm() -> None:
    sent = sign()
    verify(sent._replace(headers=((b"accept", b"a"), (b"accept", b"b"), *sent.headers)))


@pytest.mark.parametrize("name", [b"x-amz-target", b"content-type", b"x-amz-security-token"])
def test_what_gives_the_request_its_meaning_must_be_signed(name: bytes) -> None:
    sent = sign(headers={}).with_header(name, b"added")
    assert (
        refusal(sent, InvalidSignature)
        == f"'{name.decode().title()}' must be a 'SignedHeader' in the AWS Authorization."
    )


@pytest.mark.parametrize(("name", "shown"), [(b"host", "Host"), (b"x-amz-date", "X-Amz-Date")])
def test_host_and_date_must_be_signed(name: bytes, shown: str) -> None:
    signed_names = b"content-type;host;x-amz-date;x-amz-target"
    rest = b";".join(other for other in signed_names.split(b";") if other != name)
    message = refusal(sign().with_authorization(signed_names, rest), InvalidSignature)
    assert message == f"'{shown}' must be a 'SignedHeader' in the AWS Authorization."


def test_a_signed_header_that_is_absent_is_refused() -> None:
    message = refusal(sign().without_header(b"content-type"), InvalidSignature)
    assert message == "The signature covers a header that the request does not have: 'content-type'."


def test_the_date_header_does_where_there_is_no_amz_date() -> None:
    sent = sign(headers=ENCRYPT_HEADERS | {"Date": "now"})
    assert b"x-amz-date" not in dict(sent.headers)
    assert verify(sent).claims.time == NOW


@pytest.mark.parametrize(
    "date",
    [
        b"2026-01-02T03:04:05Z",
        b"20260102T030405",
        b"20261302T030405Z",
        b"",
        b"\xb2" * 8 + b"T030405Z",
        b"00000101T000000Z",
    ],
)
def test_a_date_that_is_none_is_incomplete(date: bytes) -> None:
    message = refusal(sign().with_header(b"x-amz-date", date), IncompleteSignature)
    assert message == f"Date must be in ISO-8601 'basic format'. Got '{date.decode('latin-1')}'."


@pytest.mark.parametrize("date", [b"yesterday", b"Fri, 02 Jan 2026 03:04:05 +0100"])
def test_a_date_header_not_in_utc_is_incomplete(date: bytes) -> None:
    sent = sign(headers=ENCRYPT_HEADERS | {"Date": "now"}).with_header(b"date", date)
    assert "Date must be in ISO-8601" in refusal(sent, IncompleteSignature)


def test_the_clock_may_differ_by_five_minutes() -> None:
    sent = sign()
    verify(sent, now=NOW + 5 * MINUTE)
    verify(sent, now=NOW - 5 * MINUTE)


def test_an_expired_signature_tells_the_times_of_both_sides() -> None:
    assert refusal(sign(), InvalidSignature, now=NOW + 5 * MINUTE + 1000) == (
        "Signature expired: 20260102T030405Z is now earlier than 20260102T030406Z (20260102T030906Z - 5 min.)"
    )


def test_a_signature_from_the_future_tells_the_times_of_both_sides() -> None:
    assert refusal(sign(), InvalidSignature, now=NOW - 5 * MINUTE - 1000) == (
        "Signature not yet current: 20260102T030405Z is still later than 20260102T030404Z (20260102T025904Z + 5 min.)"
    )


def test_a_signature_for_another_region_is_refused() -> None:
    message = refusal(sign(region="us-east-1"), InvalidSignature)
    assert message == "Credential should be scoped to a valid region, not 'us-east-1'."


def test_a_signature_for_another_service_is_refused() -> None:
    assert refusal(sign(service="s3"), InvalidSignature) == "Credential should be scoped to correct service: 'kms'."


def test_sts_is_global() -> None:
    verify(sign(b"Action=GetCallerIdentity", headers={}, service="sts", region="us-east-1"))


def test_a_signature_for_sts_does_not_carry_a_target_of_kms() -> None:
    assert refusal(sign(service="sts"), InvalidSignature) == "Credential should be scoped to correct service: 'kms'."


def test_a_scope_that_is_not_of_the_day_or_has_another_end_is_refused() -> None:
    message = refusal(sign().with_authorization(b"/20260102/", b"/20260103/"), InvalidSignature)
    assert message == (
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
        "'20260103' != '20260102', from '20260102T030405Z'."
    )
    message = refusal(sign().with_authorization(b"/aws4_request", b"/aws5_request"), InvalidSignature)
    assert message == "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'."


@pytest.mark.parametrize("claimed", ["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "0" * 64])
def test_a_payload_hash_is_honoured_only_if_it_is_the_bodys(claimed: str) -> None:
    sent = sign(headers=ENCRYPT_HEADERS | {"X-Amz-Content-SHA256": claimed})
    assert "'x-amz-content-sha256' header does not match" in refusal(sent, InvalidSignature)


def test_a_true_payload_hash_is_taken() -> None:
    empty_object = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    verify(sign(b"{}", headers=ENCRYPT_HEADERS | {"X-Amz-Content-SHA256": empty_object}))


@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        (b"", b"/"),
        (b"/", b"/"),
        (b"//", b"/"),
        (b"/./a/../b//c/", b"/b/c/"),
        (b"/../../a", b"/a"),
        (b"/a%20b", b"/a%2520b"),
        (b"/%C3%A4~", b"/%25C3%25A4~"),
    ],
)
def test_paths_are_normalized_and_encoded_once_more(path: bytes, canonical: bytes) -> None:
    assert canonical_path(path) == canonical


@pytest.mark.parametrize(
    ("query", "canonical"),
    [
        (b"", b""),
        (b"b=2&a=1", b"a=1&b=2"),
        (b"a=2&a=1", b"a=1&a=2"),
        (b"a", b"a="),
        (b"a=%c3%a4", b"a=%C3%A4"),
        (b"a=b=c", b"a=b%3Dc"),
        (b"A=1&a=1&%40=1", b"%40=1&A=1&a=1"),
    ],
)
def test_queries_are_encoded_anew_and_sorted(query: bytes, canonical: bytes) -> None:
    assert canonical_query(query) == canonical
