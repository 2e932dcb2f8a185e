"""Session tokens: what is signed is what was issued, and no other text is the token too."""

import base64
import zlib
from pathlib import Path

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.crypto.region_identity import RegionIdentity
from shared.crypto.session_token import (
    LONGEST_SESSION,
    LONGEST_TOKEN,
    MalformedToken,
    Share,
    decode_token,
    encode_token,
    pack_extras,
)
from shared.identifiers import session_key_id
from shared.identity.session import Extras, SessionClaims
from shared.secrets import Secret

ACCOUNT = "111122223333"
IDENTITY = RegionIdentity.generate()
EXTRAS = Extras(
    '{"Statement":[]}',
    ("arn:aws:iam::aws:policy/ReadOnlyAccess",),
    (("team", "rot"),),
    ("team",),
    (("issuer.example:sub", "alice"), ("issuer.example:amr", ("otp", "pwd"))),
)
CLAIMS = SessionClaims(
    session_key_id(ACCOUNT, 7), ACCOUNT, "AROAEXAMPLE", "ops", "deploy", "", 1_000, 3_601_000, "alice", "", EXTRAS
)
SHARES = {"us-east-1": Share(True, b"all of it"), "eu-west-1": Share(False, b"keys")}
TOKEN = encode_token("us-east-1", CLAIMS, SHARES, IDENTITY)


def test_a_token_says_what_it_was_given() -> None:
    token = decode_token(TOKEN)
    assert (token.issuer, token.claims, token.shares) == ("us-east-1", CLAIMS, SHARES)
    assert token.is_signed_by(IDENTITY.public_bytes)
    assert not token.is_signed_by(RegionIdentity.generate().public_bytes)


def test_the_same_session_gives_the_same_token() -> None:
    assert encode_token("us-east-1", CLAIMS, dict(reversed(SHARES.items())), IDENTITY) == TOKEN


@given(place=st.integers(0, len(TOKEN) * 8 - 1))
def test_a_token_with_any_bit_flipped_is_none(place: int) -> None:
    raw = bytearray(TOKEN.encode())
    raw[place // 8] ^= 1 << place % 8
    assert not believed(bytes(raw).decode("latin-1"))


@given(place=st.integers(0, len(base64.b64decode(TOKEN)) * 8 - 1))
def test_a_token_with_any_bit_flipped_within_is_none(place: int) -> None:
    raw = bytearray(base64.b64decode(TOKEN))
    raw[place // 8] ^= 1 << place % 8
    assert not believed(base64.b64encode(raw).decode())


@pytest.mark.parametrize(
    ("issued_at", "expires_at"), [(0, LONGEST_SESSION + 1), (-1, 0), (2, 1), (10**15, 10**15 + 1), (0, 2**63)]
)
def test_no_region_issues_for_longer_than_a_session_lasts(issued_at: int, expires_at: int) -> None:
    claims = CLAIMS._replace(issued_at=issued_at, expires_at=expires_at)
    assert not believed(encode_token("us-east-1", claims, SHARES, IDENTITY))


def test_the_longest_session_is_one() -> None:
    claims = CLAIMS._replace(expires_at=CLAIMS.issued_at + LONGEST_SESSION)
    assert believed(encode_token("us-east-1", claims, SHARES, IDENTITY))


@given(text=st.one_of(st.text(max_size=200), st.binary(max_size=200).map(lambda raw: base64.b64encode(raw).decode())))
def test_other_text_is_no_token(text: str) -> None:
    assert not believed(text)


def believed(text: str) -> bool:
    try:
        return decode_token(text).is_signed_by(IDENTITY.public_bytes)
    except MalformedToken:
        return False


def signed(*fields: object) -> str:
    """A token of what `fields` say, under a good signature."""
    body = msgpack.packb(fields)
    return base64.b64encode(msgpack.packb((body, IDENTITY.sign(b"keytide/session-token" + body)))).decode()


PACKED = pack_extras(EXTRAS)
OTHER_ACCOUNT = CLAIMS._replace(account="444455556666")[:-1]
MANY_BYTES = zlib.compress(b"\x00" * 10_000_000)


@pytest.mark.parametrize(
    "fields",
    [
        (2, "us-east-1", CLAIMS[:-1], PACKED, {}),
        (1, "nowhere", CLAIMS[:-1], PACKED, {}),
        (1, 7, CLAIMS[:-1], PACKED, {}),
        (1, "us-east-1", OTHER_ACCOUNT, PACKED, {}),
        (1, "us-east-1", CLAIMS._replace(access_key_id="AKIA" + CLAIMS.access_key_id[4:])[:-1], PACKED, {}),
        (1, "us-east-1", CLAIMS._replace(expires_at="never")[:-1], PACKED, {}),  # type: ignore[arg-type]
        (1, "us-east-1", CLAIMS[:-2], PACKED, {}),
        (1, "us-east-1", CLAIMS[:-1], b"", {}),
        (1, "us-east-1", CLAIMS[:-1], MANY_BYTES, {}),
        (1, "us-east-1", CLAIMS[:-1], zlib.compress(msgpack.packb((1, (), (), (), ()))), {}),
        (1, "us-east-1", CLAIMS[:-1], zlib.compress(msgpack.packb((None, (), ((1, 2),), (), ()))), {}),
        (1, "us-east-1", CLAIMS[:-1], PACKED, {"eu-west-1": (1, b"keys")}),
        (1, "us-east-1", CLAIMS[:-1], PACKED, {"nowhere": (True, b"keys")}),
    ],
)
def test_what_a_turned_region_signs_is_read_strictly(fields: tuple[object, ...]) -> None:
    with pytest.raises(MalformedToken):
        decode_token(signed(*fields))


def test_the_planted_tokens_differ_from_a_good_one_in_their_fault_alone() -> None:
    shares = {region: tuple(share) for region, share in SHARES.items()}
    assert decode_token(signed(1, "us-east-1", CLAIMS[:-1], PACKED, shares)).claims == CLAIMS


def test_a_text_longer_than_any_token_is_not_read() -> None:
    with pytest.raises(MalformedToken, match="longer"):
        decode_token("A" * (LONGEST_TOKEN + 1))


def test_a_token_of_the_first_version_is_read_for_ever() -> None:
    """Made once, by the identity whose seed is the bytes 0 to 31; clients may hold one over an upgrade."""
    released = (Path(__file__).parents[2] / "golden" / "session_token_1.txt").read_text().strip()
    token = decode_token(released)
    assert (token.issuer, token.claims, token.shares) == ("us-east-1", CLAIMS, SHARES)
    assert token.is_signed_by(RegionIdentity(Secret(bytes(range(32)))).public_bytes)


def test_another_encoding_of_a_token_is_none() -> None:
    """The signature would hold: who remembers tokens by their text must not meet one under two."""
    signed_bytes, signature = msgpack.unpackb(base64.b64decode(TOKEN))
    longer = b"\x92\xc6" + len(signed_bytes).to_bytes(4, "big") + signed_bytes + b"\xc4\x40" + signature
    assert msgpack.unpackb(longer) == [signed_bytes, signature]
    assert not believed(base64.b64encode(longer).decode())
    assert not believed(TOKEN + "\n")
