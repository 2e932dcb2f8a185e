"""The peers' pinned cards, read from state."""

import pytest

from replication.state.memory_store import MemoryStore
from replication.state.rows import encode_row
from replication.state.state_store import STREAMS, row_key
from services.region_node.keys.region_keys import RegionKeys
from services.region_node.peers.peer_cards import PeerCards, card_of
from shared.crypto.region_card import MalformedCard
from shared.crypto.sealing import SealingKey
from shared.crypto.sealing_keys import SealingKeys
from shared.identifiers import peer_stream
from shared.identity.model import Peer
from tests.services.region_node.running_replicator import KEYS, REGIONS

HOME, PEER, THIRD = REGIONS


def pinned(partition: int = 0, **cards: bytes) -> PeerCards:
    store = MemoryStore()
    with store.write() as transaction:
        for name, card in cards.items():
            region = name.replace("_", "-")
            row = encode_row(1, Peer(region, card, 0), False)
            transaction.put(STREAMS, row_key(partition, peer_stream(region)), row)
    return PeerCards(store, 2)


def test_cards_are_those_that_the_state_holds() -> None:
    assert pinned(eu_west_1=KEYS[PEER].encoded_card)() == {PEER: KEYS[PEER].card}
    assert pinned()() == {}


def test_a_partition_that_waits_keeps_nobody_from_knowing_a_peer() -> None:
    assert pinned(1, eu_west_1=KEYS[PEER].encoded_card)() == {PEER: KEYS[PEER].card}


def test_card_that_cannot_be_one_is_said_and_hides_no_other(caplog: pytest.LogCaptureFixture) -> None:
    cards = pinned(eu_west_1=b"junk", us_east_1=KEYS[THIRD].encoded_card, ap_southeast_2=KEYS[THIRD].encoded_card)
    assert [set(cards()), set(cards())] == [{THIRD}, {THIRD}]
    assert caplog.text.count("cannot be used") == 2


def test_card_is_that_of_the_region_it_is_asked_for() -> None:
    assert card_of(PEER, KEYS[PEER].encoded_card) == KEYS[PEER].card
    with pytest.raises(MalformedCard, match="not of eu-west-1"):
        card_of(PEER, KEYS[HOME].encoded_card)


def test_a_new_sealing_key_is_sealed_to_once_every_partition_knows_it() -> None:
    """What is shared in a partition behind the announcement has seen all that its region had shared before it."""
    newer = KEYS[PEER]._replace(sealing_keys=SealingKeys({2: SealingKey.generate()}))
    store = MemoryStore()

    def know(partition: int, keys: RegionKeys) -> None:
        row = encode_row(1, Peer(PEER, keys.encoded_card, 0, keys.card.sealing_number), False)
        with store.write() as transaction:
            transaction.put(STREAMS, row_key(partition, peer_stream(PEER)), row)

    cards, numbers = PeerCards(store, 2), []
    for partition, keys in ((0, KEYS[PEER]), (1, KEYS[PEER]), (0, newer), (1, newer)):
        know(partition, keys)
        numbers.append(cards()[PEER].sealing_number)
    assert numbers == [1, 1, 1, 2]
    know(0, newer)
    know(1, KEYS[PEER])
    assert cards()[PEER].sealing_number == 1
