"""Cosignatures: a witness signs one history of a region's digests, and no other."""

import pytest

from shared.audit.cosignature import (
    Fork,
    NotACosignature,
    Seen,
    decode_cosignature,
    encode_cosignature,
    followed,
)
from shared.audit.digest import SignedHeader, decode_digest
from tests.shared.audit.proven_trail import IDENTITIES, REGION, WITNESS, ProvenTrail, verify

SIGN = IDENTITIES[WITNESS].sign


def headers(count: int, entries: int = 1) -> list[SignedHeader]:
    trail = ProvenTrail()
    for number in range(count):
        for _ in range(entries):
            trail.add("chain", number)
        trail.digest()
    return [decode_digest(one).signed for one in trail.digests]


ONE = headers(5)
OTHER = headers(5, entries=2)


def test_a_cosignature_is_its_witness_word() -> None:
    seen = Seen(WITNESS, REGION, 3, bytes(32), 7)
    assert decode_cosignature(encode_cosignature(seen, SIGN), verify) == seen


def test_a_cosignature_of_another_hand_is_refused() -> None:
    forged = encode_cosignature(Seen(WITNESS, REGION, 3, bytes(32), 7), IDENTITIES[REGION].sign)
    with pytest.raises(NotACosignature, match="card of eu-west-1"):
        decode_cosignature(forged, verify)


@pytest.mark.parametrize(
    ("known", "shown", "signed"),
    [
        (None, ONE[:3], ONE[2]),
        (None, ONE[2:], ONE[4]),
        (ONE[1], ONE[2:4], ONE[3]),
        (ONE[1], ONE, ONE[4]),
        (ONE[1], [ONE[1]], ONE[1]),
        (ONE[1], [ONE[3]], ONE[1]),
        (ONE[1], [ONE[0]], ONE[1]),
        (ONE[1], [], ONE[1]),
        (None, [], None),
        (ONE[1], [SignedHeader(ONE[2].header, bytes(64))], ONE[1]),
        (ONE[1], [SignedHeader(b"junk", bytes(64))], ONE[1]),
    ],
)
def test_a_witness_follows_what_rests_on_what_it_has_signed(
    known: SignedHeader | None, shown: list[SignedHeader], signed: SignedHeader | None
) -> None:
    assert followed(REGION, known, shown, verify) == signed


@pytest.mark.parametrize(("known", "shown"), [(ONE[1], OTHER[1]), (ONE[1], OTHER[2])])
def test_a_witness_never_signs_two_histories(known: SignedHeader, shown: SignedHeader) -> None:
    fork = followed(REGION, known, [shown], verify)
    assert fork == Fork(known, shown)
    assert "two histories" in str(fork)


def test_what_another_region_has_signed_is_no_digest_of_this_one() -> None:
    assert followed(WITNESS, None, ONE, verify) is None
