"""Shares of a key: enough of them give it again, fewer do not, and a false one is known."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.crypto.key_shares import KEY_BYTES, combine_key, commitment, is_committed, split_key
from shared.secrets import Secret

KEY = Secret(bytes(range(KEY_BYTES)))
ARCHIVE, OTHER = "ab" * 16, "cd" * 16


@given(st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES), st.data())
def test_any_shares_that_are_enough_give_the_key(key: bytes, data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 7))
    threshold = data.draw(st.integers(1, count))
    shares = dict(enumerate(split_key(Secret(key), threshold, count), 1))
    places = data.draw(st.permutations(list(shares)))[:threshold]
    assert combine_key({place: shares[place] for place in places}) == Secret(key)


def test_fewer_give_another_key_and_every_share_differs_from_every_other() -> None:
    shares = dict(enumerate(split_key(KEY, 3, 5), 1))
    assert len({share.reveal() for share in shares.values()}) == 5
    for places in combinations(shares, 2):
        assert combine_key({place: shares[place] for place in places}) != KEY


def test_a_key_is_never_split_twice_in_the_same_way() -> None:
    assert split_key(KEY, 2, 3) != split_key(KEY, 2, 3)


def test_both_halves_of_the_key_have_polynomials_of_their_own() -> None:
    halves = Secret(bytes(16) * 2)
    assert all(share.reveal()[:16] != share.reveal()[16:] for share in split_key(halves, 2, 3))


@pytest.mark.parametrize(("key", "threshold", "count"), [(b"short", 1, 1), (bytes(32), 0, 1), (bytes(32), 3, 2)])
def test_what_cannot_be_split_is_refused(key: bytes, threshold: int, count: int) -> None:
    with pytest.raises(ValueError, match="32 bytes are split"):
        split_key(Secret(key), threshold, count)


def test_a_commitment_is_of_one_share_at_one_place_of_one_archive() -> None:
    first, second = split_key(KEY, 1, 2)[0], Secret(bytes(32))
    committed = commitment(ARCHIVE, 1, first)
    assert is_committed(committed, ARCHIVE, 1, first)
    assert not is_committed(committed, ARCHIVE, 1, second)
    assert not is_committed(committed, ARCHIVE, 2, first)
    assert not is_committed(committed, OTHER, 1, first)
