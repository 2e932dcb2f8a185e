"""Shares as they are handed out: what was copied wrongly or altered is no share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.backup.faults import ArchiveFault
from services.backup.shares import (
    Share,
    decode_sealed_share,
    decode_share,
    encode_sealed_share,
    encode_share,
    open_share,
    seal_share,
)
from shared.crypto.sealing import SealingKey
from shared.secrets import Secret
from tests.services.region_node.running_replicator import KEYS

SHARE = Share("ab" * 16, "us-east-1", 3, Secret(bytes(range(32))))
HOLDER, OTHER = KEYS["eu-west-1"], KEYS["ap-southeast-2"]


@given(st.binary(min_size=32, max_size=32), st.integers(1, 255))
def test_a_share_is_read_as_it_was_written(value: bytes, place: int) -> None:
    share = SHARE._replace(value=Secret(value), place=place)
    assert decode_share(encode_share(share)) == share


def test_a_share_that_was_typed_is_read() -> None:
    text = encode_share(SHARE).splitlines()[1]
    kind, _, groups = text.partition(" ")
    assert decode_share(f"\n{kind}\n  {groups.lower()}  \n") == SHARE


def test_a_share_with_a_wrong_letter_is_none() -> None:
    text = encode_share(SHARE)
    for place in range(len(text) - 40, len(text) - 2):
        wrong = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
        with pytest.raises(ArchiveFault):
            decode_share(wrong)


NO_ASCII = ("keytide-share-1 Ü", "keytide-sealed-share-1 Ü")
TOO_SHORT = ("", "keytide-share-1", "keytide-share-1 ABCD", "keytide-share-1 ???", "share 1")


@pytest.mark.parametrize("text", [*TOO_SHORT, *NO_ASCII])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(ArchiveFault):
        decode_share(text)
    with pytest.raises(ArchiveFault):
        decode_sealed_share(text)


def test_a_sealed_share_opens_for_its_holder_alone() -> None:
    sealed = decode_sealed_share(encode_sealed_share(seal_share(SHARE, HOLDER.card)))
    assert open_share(sealed, "eu-west-1", HOLDER.sealing_keys) == SHARE
    for region, keys in (("ap-southeast-2", HOLDER.sealing_keys), ("eu-west-1", OTHER.sealing_keys), ("eu-west-1", {})):
        with pytest.raises(ArchiveFault, match="is sealed to eu-west-1"):
            open_share(sealed, region, keys)


@pytest.mark.parametrize("change", [{"archive": "cd" * 16}, {"place": 4}, {"region": "us-west-2"}])
def test_a_sealed_share_is_bound_to_what_it_says(change: dict[str, object]) -> None:
    sealed = seal_share(SHARE, HOLDER.card)._replace(**change)  # type: ignore[arg-type]
    with pytest.raises(ArchiveFault):
        open_share(sealed, "eu-west-1", HOLDER.sealing_keys)


def test_another_sealing_key_of_the_same_number_opens_nothing() -> None:
    with pytest.raises(ArchiveFault):
        open_share(seal_share(SHARE, HOLDER.card), "eu-west-1", {1: SealingKey.generate()})
