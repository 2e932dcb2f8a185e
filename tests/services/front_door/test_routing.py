"""Reading the credential scope."""

import pytest

from services.front_door.refusals import Refused
from services.front_door.routing import Scope, choose_region, read_scope

CLAIMS = b"AWS4-HMAC-SHA256 Credential=AKID/20261124/eu-west-1/kms/aws4_request"


def access_key_id_of(header: bytes) -> str:
    return "odd/key/id" if b"odd/key/id" in header else "AKID"


def scope_of(header: bytes, target: bytes = b"/") -> Scope:
    return read_scope([(b"host", b"h"), (b"authorization", header)], target)


@pytest.mark.parametrize(
    "header",
    [
        CLAIMS + b", SignedHeaders=host;x-amz-date, Signature=00",
        CLAIMS + b",SignedHeaders=host;x-amz-date,Signature=00",
        CLAIMS.replace(b" Credential", b" Signature=00, Credential") + b", SignedHeaders=host;x-amz-date",
        CLAIMS.replace(b"=AKID/", b"=odd/key/id/") + b", SignedHeaders=host;x-amz-date, Signature=00",
    ],
)
def test_the_scope_stands_in_the_authorization_header(header: bytes) -> None:
    assert scope_of(header) == Scope("eu-west-1", "kms", frozenset({b"host", b"x-amz-date"}), access_key_id_of(header))


def test_the_scope_of_a_presigned_url_stands_in_its_query() -> None:
    credential = b"AKID%2F20261124%2Feu-west-1%2Fsts%2Faws4_request"
    target = b"/?Action=GetCallerIdentity&X-Amz-Credential=" + credential + b"&X-Amz-SignedHeaders=host%3Bx-id"
    assert read_scope([], target) == Scope("eu-west-1", "sts", frozenset({b"host", b"x-id"}), "AKID")


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (b"Bearer token", "requires 'Credential'"),
        (b"AWS4-HMAC-SHA256 Credential=AKID/eu-west-1, Signature=00", "exactly 5 slash-delimited"),
        (CLAIMS + b" " * 4096, "at most 4096 bytes"),
    ],
)
def test_a_header_that_is_not_readable_is_refused(header: bytes, message: str) -> None:
    with pytest.raises(Refused, match=message) as raised:
        scope_of(header)
    assert raised.value.refusal.code == "IncompleteSignatureException"


def test_two_credentials_in_a_query_are_refused() -> None:
    with pytest.raises(Refused, match="exactly one X-Amz-Credential"):
        read_scope([], b"/?X-Amz-Credential=a&X-Amz-Credential=b")


def test_only_global_services_are_answered_for_unknown_regions() -> None:
    regions = ("us-east-1", "eu-west-1")
    assert choose_region(Scope("mars", "iam", frozenset()), regions) == "us-east-1"
    with pytest.raises(Refused, match="'mars'"):
        choose_region(Scope("mars", "kms", frozenset()), regions)
