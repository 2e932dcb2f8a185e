"""Secrets wrapped under domain keys: small, bound, and opened by the right key only."""

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.crypto.domain_keys import DomainKeys, SecretUnavailable, fingerprint
from shared.crypto.wrapped_secret import MalformedWrappedSecret, WrappedSecret, decode_wrapped_secret
from shared.secrets import Secret

FIRST, SECOND = Secret(b"\x01" * 32), Secret(b"\x02" * 32)
KEYS = DomainKeys({(7, 1): FIRST, (7, 2): SECOND, (8, 1): FIRST})
SECRET = Secret(bytes(range(32)))


@given(content=st.binary(max_size=100), binding=st.text(max_size=20))
def test_what_was_wrapped_is_unwrapped(content: bytes, binding: str) -> None:
    assert KEYS.unwrap(KEYS.wrap(7, Secret(content), binding), binding) == Secret(content)


def test_wrapped_32_bytes_are_small_whatever_the_bucket() -> None:
    keys = DomainKeys({(65_535, 60_000): FIRST})
    assert len(keys.wrap(65_535, SECRET, "binding")) <= 75


def test_newest_epoch_wraps_and_older_ones_still_open() -> None:
    old = DomainKeys({(7, 1): FIRST}).wrap(7, SECRET, "binding")
    new = KEYS.wrap(7, SECRET, "binding")
    assert decode_wrapped_secret(new).epoch == KEYS.newest_epoch(7) == 2
    assert KEYS.unwrap(old, "binding") == KEYS.unwrap(new, "binding") == SECRET


def test_two_wrappings_differ() -> None:
    assert KEYS.wrap(7, SECRET, "binding") != KEYS.wrap(7, SECRET, "binding")


def test_another_binding_is_refused() -> None:
    with pytest.raises(SecretUnavailable):
        KEYS.unwrap(KEYS.wrap(7, SECRET, "binding"), "bindinG")


@pytest.mark.parametrize("place", [(8, 1), (7, 1)])
def test_wrapped_secret_moved_to_another_bucket_or_epoch_is_refused(place: tuple[int, int]) -> None:
    keys = DomainKeys({(7, 2): FIRST, place: FIRST})
    moved = decode_wrapped_secret(keys.wrap(7, SECRET, "binding"))._replace(bucket=place[0], epoch=place[1])
    with pytest.raises(SecretUnavailable):
        keys.unwrap(moved.encode(), "binding")


def test_destroyed_epoch_opens_nothing() -> None:
    wrapped = KEYS.wrap(7, SECRET, "binding")
    with pytest.raises(SecretUnavailable, match="epoch 2"):
        DomainKeys({(7, 1): FIRST}).unwrap(wrapped, "binding")


def test_unknown_bucket_wraps_nothing() -> None:
    with pytest.raises(SecretUnavailable, match="bucket 9"):
        KEYS.wrap(9, SECRET, "binding")


def test_every_single_changed_bit_is_refused() -> None:
    wrapped = KEYS.wrap(7, SECRET, "binding")
    for position in range(len(wrapped) * 8):
        changed = bytearray(wrapped)
        changed[position // 8] ^= 1 << position % 8
        with pytest.raises(SecretUnavailable):
            KEYS.unwrap(bytes(changed), "binding")


@given(junk=st.binary(max_size=100))
def test_junk_is_refused(junk: bytes) -> None:
    with pytest.raises(SecretUnavailable):
        KEYS.unwrap(junk, "binding")


@pytest.mark.parametrize(
    "fields",
    [
        (1, 7, 2, b"\x00" * 12),
        (2, 7, 2, b"\x00" * 12, b"sealed"),
        (True, 7, 2, b"\x00" * 12, b"sealed"),
        (1, "7", 2, b"\x00" * 12, b"sealed"),
        (1, 7, 2, b"\x00" * 11, b"sealed"),
        (1, 7, 2, b"\x00" * 12, "sealed"),
    ],
)
def test_another_shape_or_version_is_malformed(fields: tuple[object, ...]) -> None:
    with pytest.raises(MalformedWrappedSecret):
        decode_wrapped_secret(msgpack.packb(fields))


def test_numbers_beyond_their_fields_are_refused() -> None:
    for bucket, epoch in ((2**32, 1), (-1, 1), (1, -1)):
        with pytest.raises(SecretUnavailable):
            DomainKeys({(bucket, epoch): FIRST}).unwrap(
                WrappedSecret(bucket, epoch, bytes(12), bytes(48)).encode(), "binding"
            )


def test_a_second_encoding_of_the_same_secret_is_refused() -> None:
    wrapped = KEYS.wrap(7, SECRET, "binding")
    longer = wrapped[:2] + b"\xcc\x07" + wrapped[3:]
    assert msgpack.unpackb(longer) == msgpack.unpackb(wrapped)
    with pytest.raises(SecretUnavailable):
        KEYS.unwrap(longer, "binding")


def waiting(*keys: Secret) -> DomainKeys:
    """Keys that hold epoch 1; these were made for epoch 2."""
    return DomainKeys({(7, 1): FIRST}, fresh=lambda _bucket, epoch: keys if epoch == 2 else ())


def test_a_key_that_was_made_for_an_epoch_wraps_nothing_until_the_log_names_its_fingerprint() -> None:
    keys = waiting(FIRST, SECOND)
    assert not keys.holds(7, 2)
    assert decode_wrapped_secret(keys.wrap(7, SECRET, "binding")).epoch == 1
    with pytest.raises(SecretUnavailable):
        keys.wrap(7, SECRET, "binding", 2)
    with pytest.raises(SecretUnavailable):
        keys.wrap(7, SECRET, "binding", 2, fingerprint(7, 2, Secret(b"\x03" * 32)))
    wrapped = keys.wrap(7, SECRET, "binding", 2, fingerprint(7, 2, SECOND))
    assert DomainKeys({(7, 2): SECOND}).unwrap(wrapped, "binding") == SECRET


def test_what_a_key_has_wrapped_that_has_not_got_its_place_yet_opens() -> None:
    wrapped = DomainKeys({(7, 2): SECOND}).wrap(7, SECRET, "binding")
    assert waiting(FIRST, SECOND).unwrap(wrapped, "binding") == SECRET
    with pytest.raises(SecretUnavailable, match="does not open"):
        waiting(FIRST).unwrap(wrapped, "binding")
    with pytest.raises(SecretUnavailable, match="no domain key"):
        waiting().unwrap(wrapped, "binding")


def test_a_key_that_is_held_and_is_not_the_logs_makes_room_for_the_one_that_is() -> None:
    keys = DomainKeys({(7, 2): FIRST}, lambda _bucket, _epoch: SECOND)
    known_by = fingerprint(7, 2, SECOND)
    assert keys.holds(7, 2, known_by)
    assert keys.held()[7, 2] == SECOND
