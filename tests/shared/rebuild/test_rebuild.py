"""What events make of a region that was built anew, who may speak of it, and which card may take another's place."""

import pytest

from shared import events as e
from shared.authority import overreach
from shared.crypto.region_identity import RegionIdentity
from shared.errors import KeytideError
from shared.evolve import State, evolve
from shared.fold import BrokenHistory, Fold
from shared.here import Here, Standing
from shared.identity.model import Peer
from shared.rebuild.decide import successor_of
from shared.rebuild.errors import NotAPeer, NotTheCard
from shared.rebuild.events import (
    PeerReplaced,
    RebuildBegun,
    RebuildEnded,
    RegionForgotten,
    RegionReadmitted,
    WitnessForgotten,
    readmission_stream,
)
from shared.rebuild.model import Forgotten, Readmission, Rebuild
from tests.services.region_node.running_replicator import KEYS
from tests.shared.rebuild.cards import card_of

HERE, PEER, LOST = "us-east-1", "eu-west-1", "ap-southeast-2"
NOW = 1_700_000_000_000
TOLD = (b"f" * 32, b"p" * 32, 41, b"d" * 32, 43, 120, 70, NOW)
ADMITTED = RegionReadmitted(LOST, PEER, *TOLD)
STREAM = readmission_stream(LOST, PEER)
NEW = RegionIdentity.generate()


def folded(state: State | None, *events: e.Event) -> State | None:
    for event in events:
        state = evolve(state, event, Fold(HERE, NOW))
    return state


def test_the_pinned_card_is_replaced_with_all_that_was_known_of_the_former() -> None:
    pinned = Peer(LOST, b"former", 1, 5, 2, (("node-1", 4),))
    card = card_of(LOST, NEW, 1_005)
    assert folded(pinned, PeerReplaced(LOST, card)) == Peer(LOST, card, NOW, 1_005)
    with pytest.raises(BrokenHistory):
        folded(pinned, PeerReplaced(LOST, b"no card"))


def test_a_region_remembers_who_it_was_however_often_it_is_built_anew() -> None:
    once = folded(None, RebuildBegun(LOST, b"first"), RebuildEnded(LOST, 41, 7))
    assert once == Rebuild(LOST, (b"first",), NOW, NOW, 41, 7)
    assert folded(once, RebuildBegun(LOST, b"second")) == Rebuild(LOST, (b"first", b"second"), NOW)
    with pytest.raises(BrokenHistory):
        folded(None, RebuildEnded(LOST, 0, 0))


def test_what_a_peer_tells_is_kept_and_a_forgotten_witness_leaves_nothing() -> None:
    assert folded(None, ADMITTED) == Readmission(LOST, PEER, NOW, *TOLD)
    assert folded(None, WitnessForgotten(LOST, 1, b"d")) is None


def test_what_is_to_be_forgotten_is_said_anew_each_time_whatever_the_clock_shows() -> None:
    said = RegionForgotten(LOST, 1, b"d")
    assert folded(None, said) == Forgotten(LOST, NOW)
    assert folded(None, said, said) == Forgotten(LOST, NOW + 1)


@pytest.mark.parametrize(
    ("origin", "stream", "event", "may"),
    [
        (PEER, STREAM, ADMITTED, True),
        (LOST, STREAM, ADMITTED, False),
        (LOST, readmission_stream(LOST, LOST), ADMITTED._replace(peer_region=LOST), False),
        (PEER, readmission_stream(LOST, "us-west-2"), ADMITTED._replace(peer_region="us-west-2"), False),
        (PEER, f"peer/{LOST}", PeerReplaced(LOST, b"card"), False),
        (LOST, f"peer/{LOST}", PeerReplaced(LOST, b"card"), False),
        (LOST, f"rebuild/{LOST}", RebuildBegun(LOST, b"former"), False),
        (PEER, f"forgotten-region/{LOST}", RegionForgotten(LOST, 1, b"d"), False),
        (PEER, "forgotten-witness", WitnessForgotten(LOST, 1, b"d"), False),
    ],
)
def test_a_region_tells_whom_it_has_readmitted_and_nothing_follows_elsewhere(
    origin: str, stream: str, event: e.Event, may: bool
) -> None:
    here = Here(HERE, lambda _account: True, lambda _stream: None)
    pinned = Peer(LOST, b"card", 1)
    known = {stream: Standing(pinned if stream == f"peer/{LOST}" else None, False)}
    assert (overreach(origin, here, known, (event,)) == "") == may


PINNED = Peer(LOST, KEYS[LOST].encoded_card, 1, 5)


@pytest.mark.parametrize(
    ("pinned", "card", "refusal"),
    [
        (PINNED, card_of(LOST, NEW, 6), None),
        (PINNED, KEYS[LOST].encoded_card, None),
        (None, card_of(LOST, NEW, 6), NotAPeer),
        (PINNED, card_of(LOST, NEW, 5), NotTheCard),
        (PINNED, card_of(PEER, NEW, 6), NotTheCard),
        (PINNED, b"", NotTheCard),
    ],
    ids=["another identity", "the one that is there", "no peer", "a number used before", "another region", "no card"],
)
def test_a_card_takes_the_place_of_the_pinned_one(
    pinned: Peer | None, card: bytes, refusal: type[KeytideError] | None
) -> None:
    if refusal is None:
        assert successor_of(pinned, LOST, card).region == LOST
        return
    with pytest.raises(refusal):
        successor_of(pinned, LOST, card)
