"""Of whom a region asks what it lacks, and how long it waits for an answer."""

import pytest

from shared.erasure.asking import ANSWER_MS, OTHERS_ANSWER_MS, awaits_answer, next_request
from shared.erasure.model import SecretRequest
from shared.keys.model import Key, KeyMaterial

ACCOUNT, KEY_ID, MATERIAL = "111122223333", "mrk-" + "0" * 32, "ab" * 32
HERE, PRIMARY, OTHER = "eu-west-1", "us-east-1", "ap-southeast-2"
KEY = Key(
    ACCOUNT, KEY_ID, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "AWS_KMS", 5, (KeyMaterial(MATERIAL, KEY_ID, 5, None),),
    "Enabled", "", None, (), PRIMARY, (OTHER, HERE), 0,
)  # fmt: skip
ASKED = SecretRequest(ACCOUNT, KEY_ID, HERE, (MATERIAL,), 7)


@pytest.mark.parametrize(
    ("before", "in_vain"),
    [
        (None, ()),
        (ASKED, ()),
        (ASKED._replace(in_vain=(PRIMARY,), asked_at=0), (PRIMARY,)),
        (ASKED._replace(in_vain=(PRIMARY,)), ()),
        (ASKED._replace(in_vain=(OTHER, PRIMARY), asked_at=0), ()),
    ],
)
def test_whose_answer_was_in_vain_is_passed_over_until_the_others_have_had_their_turn(
    before: SecretRequest | None, in_vain: tuple[str, ...]
) -> None:
    asked = next_request(KEY, HERE, before)
    assert (asked.material_ids, asked.in_vain) == ((MATERIAL,), in_vain)


@pytest.mark.parametrize(
    ("in_vain", "after", "waits"),
    [
        ((), ANSWER_MS - 1, True),
        ((), ANSWER_MS, False),
        ((PRIMARY,), OTHERS_ANSWER_MS - 1, True),
        ((PRIMARY,), OTHERS_ANSWER_MS, False),
    ],
)
def test_those_who_answer_in_another_s_place_are_not_waited_for_long(
    in_vain: tuple[str, ...], after: int, waits: bool
) -> None:
    assert awaits_answer(ASKED._replace(in_vain=in_vain), ASKED.asked_at + after) is waits


def test_a_question_that_was_answered_in_vain_waits_for_nobody() -> None:
    assert not awaits_answer(ASKED._replace(in_vain=(PRIMARY,), asked_at=0), 1_700_000_000_000)
