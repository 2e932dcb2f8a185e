"""The short form of a key's row loses nothing, and its numbers keep their meaning."""

import pytest

from replication.state.key_rows import WORDS, key_fields, key_of
from replication.state.rows import decode_row, encode_row
from shared.keys.lifecycle import KEY_STATES
from shared.keys.model import (
    CREATING,
    UNAVAILABLE,
    UPDATING,
    Deletion,
    Key,
    KeyMaterial,
    Rotation,
    RotationUnderWay,
    SharedChange,
)
from shared.keys.specs import ALGORITHMS, EXTERNAL, USAGES
from tests.replication.written_log import ACCOUNT

KEY_ID, OTHER, MULTI_REGION = f"{1:08x}-0000-4000-8000-{0:012x}", f"{2:08x}-0000-4000-8000-{0:012x}", "mrk-" + "1" * 32
MATERIAL = KeyMaterial("ab" * 32, KEY_ID, 5, b"wrapped")
SPEC = ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "AWS_KMS")
KEY = Key(ACCOUNT, KEY_ID, *SPEC, 5, (MATERIAL,), "Enabled", "", None, (), None, (), 0)
NEVER_RECORDED = {CREATING, UNAVAILABLE, UPDATING}


@pytest.mark.parametrize(
    "key",
    [
        KEY,
        KEY._replace(key_id=MULTI_REGION, primary_region="us-east-1", replica_regions=("eu-west-1",), epoch=3),
        KEY._replace(state=None, spec="A_SPEC_OF_LATER", usage="AND_ITS_USAGE"),
        KEY._replace(origin=EXTERNAL, materials=()),
        KEY._replace(materials=(MATERIAL._replace(born_key_id=OTHER, wrapped=None), MATERIAL._replace(pending=True))),
        KEY._replace(materials=(MATERIAL._replace(imported_in=("eu-west-1",)),)),
        KEY._replace(deletion=Deletion(7, None)),
        KEY._replace(rotation=Rotation(365, 9), shares_grants=True),
        KEY._replace(under_way=RotationUnderWay("ab" * 32, "AUTOMATIC", 7, "us-east-1"), heir_key_id=MULTI_REGION),
        KEY._replace(
            chain=((0, "us-east-1", 6),), history=(SharedChange("us-east-1", 7, 0, 6, b"e", (1, "eu-west-1")),)
        ),
        KEY._replace(materials=(MATERIAL._replace(overtaken=True, given_to=("eu-west-1",)), MATERIAL)),
    ],
)
def test_a_key_is_read_as_it_was_written(key: Key) -> None:
    assert decode_row(encode_row(3, key, False)) == (3, key, False)


def test_words_keep_their_places() -> None:
    places = {"Enabled": 0, "AWS_KMS": 5, "ENCRYPT_DECRYPT": 9, "SYMMETRIC_DEFAULT": 13, "HMAC_224": 22, "SM2": 26}
    assert {word: WORDS.index(word) for word in places} == places
    assert WORDS[29:34] == ("ML_DSA_87", "ML_KEM_512", "ML_KEM_768", "ML_KEM_1024", "ENCAPSULATE_DECAPSULATE")
    assert len({*WORDS}) == len(WORDS)


def test_what_most_keys_say_stands_as_numbers() -> None:
    assert {*ALGORITHMS, *USAGES, *KEY_STATES} - {*WORDS} == NEVER_RECORDED
    assert len(encode_row(1, KEY, False)) < 96
    assert key_of(key_fields(KEY)) == KEY


def test_members_at_the_end_that_are_as_most_keys_have_them_do_not_stand() -> None:
    assert len(key_fields(KEY)) == Key._fields.index("deletion")
    assert len(key_fields(KEY._replace(rotation=Rotation(365, 9)))) == Key._fields.index("rotation") + 1
    assert len(key_fields(KEY._replace(key_manager="AWS"))) == Key._fields.index("key_manager") + 1
