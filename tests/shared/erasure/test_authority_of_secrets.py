"""Sealing keys and secrets that a region lacks: who may say what of them, as a table."""

import pytest

from shared import events as e
from shared.erasure.events import SealingKeyAnnounced
from shared.here import Standing
from shared.identity.model import Peer
from shared.keys.model import Key
from tests.replication.written_log import IDENTITIES
from tests.shared.standings import (
    ANNOUNCED,
    ANSWERED,
    ASKED,
    HELD,
    HERE,
    KEPT_OUT,
    MATERIAL,
    NEW,
    OTHER_MATERIAL,
    OTHERS,
    OWN,
    PINNED,
    REPLICA,
    SEALED_AGAIN,
    STEPPED_DOWN,
    THIRD,
    TWO_COMMITTED,
    TWO_REPLICAS,
    beside_key,
    card_of,
    refusal,
)


@pytest.mark.parametrize(
    ("event", "may"),
    [
        (ANNOUNCED, True),
        (ANNOUNCED._replace(number=3), False),
        (ANNOUNCED._replace(card=b"card"), False),
        (ANNOUNCED._replace(card=card_of(OWN, 2, IDENTITIES[THIRD])), False),
        (ANNOUNCED._replace(card=card_of(THIRD, 2)), False),
    ],
)
def test_a_region_exchanges_its_sealing_key_and_nothing_else_of_its_card(event: SealingKeyAnnounced, may: bool) -> None:
    assert (refusal(event, before=PINNED) == "") is may


def test_a_region_says_nothing_of_another_s_card_nor_of_one_that_is_not_pinned() -> None:
    third = SealingKeyAnnounced(THIRD, 2, card_of(THIRD, 2))
    assert refusal(third, before=Standing(Peer(THIRD, card_of(THIRD, 1), 1), begun=True))
    assert refusal(ANNOUNCED, before=NEW)


@pytest.mark.parametrize(
    ("event", "key", "may"),
    [
        (ASKED, REPLICA, True),
        (ASKED, HELD, True),
        (ASKED, OTHERS, False),
        (ASKED._replace(region=THIRD), REPLICA, False),
        (SEALED_AGAIN, HELD, True),
        (ANSWERED, HELD, True),
        (SEALED_AGAIN, KEPT_OUT, False),
        (SEALED_AGAIN._replace(region=THIRD), REPLICA, True),
        (SEALED_AGAIN._replace(region=OWN), HELD, False),
        (SEALED_AGAIN, TWO_REPLICAS, False),
        (SEALED_AGAIN, STEPPED_DOWN, False),
        (SEALED_AGAIN, TWO_COMMITTED, True),
        (SEALED_AGAIN._replace(materials=(MATERIAL, OTHER_MATERIAL)), TWO_COMMITTED, False),
        (ANSWERED, TWO_REPLICAS, True),
    ],
)
def test_a_region_asks_for_itself_and_is_answered_by_the_primary_or_as_far_as_ids_commit_by_a_replica(
    event: e.Event, key: Standing, may: bool
) -> None:
    assert (beside_key(event, key) == "") is may


@pytest.mark.parametrize(("adopted", "may"), [(2, True), (3, False)])
def test_a_former_primary_answers_as_long_as_it_does_not_know_the_next(adopted: int, may: bool) -> None:
    key = STEPPED_DOWN.state
    assert isinstance(key, Key)
    taken_over = key._replace(chain=((0, OWN, 0), (1, HERE, 3)), epoch=2)
    answers = SEALED_AGAIN._replace(region=HERE)
    assert (beside_key(answers, Standing(taken_over, True), {HERE: adopted}) == "") is may
