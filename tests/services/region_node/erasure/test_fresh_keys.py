"""Keys that were made for what the log has not decided: none is in use, none is dropped, until it has."""

from collections.abc import Mapping

import pytest

from services.region_node.erasure.fresh_keys import FreshKeys, fingerprint_of, is_key_of_region
from services.region_node.erasure.known_keys import KnownKeys
from services.region_node.keys.cabinet import FRESH, MemoryCabinet, domain_file, fresh_file, sealing_file
from services.region_node.keys.region_keys import fresh_domain_key, make_region_keys
from shared.crypto.region_card import encode_card
from shared.crypto.sealing import SealingKey
from shared.erasure.events import EpochOpened, SealingKeyAnnounced
from shared.events import Event
from shared.secrets import Secret
from tests.replication.folding import Folding
from tests.replication.written_log import HOME, WrittenLog

PARTITIONS, BUCKET, NOW = 2, 6, 1_700_000_000_000
NEXT = domain_file(BUCKET, 2)
OTHER = Secret(b"o" * 32)


class Node:
    """A node whose region's log says what it is told to."""

    def __init__(self) -> None:
        self.keys = make_region_keys(HOME, PARTITIONS, NOW)
        self.folding, self.log = Folding(), WrittenLog()
        self.folding.apply(self.log.open())
        known = KnownKeys(HOME, PARTITIONS, self.keys.domain_keys.buckets, self.folding.store)
        self.fresh = FreshKeys(self.keys, known)

    def log_says(self, event: Event) -> None:
        self.folding.apply(self.log.write(event))
        self.fresh.settle()

    def opens(self, key: Secret) -> None:
        self.log_says(EpochOpened(BUCKET, 2, fingerprint_of(NEXT, key)))

    def waiting(self) -> list[str]:
        return [name for name in self.keys.cabinet.names() if name.startswith(FRESH)]

    def kept(self) -> Mapping[str, Secret]:
        return {name: self.keys.cabinet.open(name) for name in self.keys.cabinet.names()}


def test_the_key_that_the_log_names_takes_its_place_and_the_others_are_destroyed() -> None:
    node = Node()
    own = node.fresh.put_forward(NEXT, fresh_domain_key)
    assert node.fresh.keep(NEXT, OTHER) == fingerprint_of(NEXT, OTHER)
    assert len(node.waiting()) == 2
    assert NEXT not in node.kept()
    node.opens(OTHER)
    assert node.kept()[NEXT] == OTHER
    assert own not in node.kept().values()
    assert node.waiting() == []
    assert node.keys.domain_keys.held()[BUCKET, 2] == OTHER


def test_a_key_that_may_still_become_the_epochs_is_never_dropped() -> None:
    node = Node()
    node.fresh.keep(NEXT, OTHER)
    for event in (EpochOpened(BUCKET + 2, 2, b"another bucket's"),):
        node.log_says(event)
    assert node.waiting() == [fresh_file(NEXT, fingerprint_of(NEXT, OTHER))]


def test_what_the_log_has_decided_against_is_not_kept_and_what_stands_is_kept_once() -> None:
    node = Node()
    node.opens(OTHER)
    assert node.fresh.keep(NEXT, fresh_domain_key()) == b""
    assert node.fresh.keep(NEXT, OTHER) == fingerprint_of(NEXT, OTHER)
    node.fresh.settle()
    assert node.kept()[NEXT] == OTHER
    assert node.fresh.keep(NEXT, OTHER) == fingerprint_of(NEXT, OTHER)
    assert node.waiting() == []


def test_two_nodes_that_have_handed_each_other_theirs_put_the_same_forward() -> None:
    nodes = [Node(), Node()]
    keys = [node.fresh.put_forward(NEXT, fresh_domain_key) for node in nodes]
    for node in nodes:
        for key in keys:
            node.fresh.keep(NEXT, key)
    again = {node.fresh.put_forward(NEXT, fresh_domain_key).reveal() for node in nodes}
    assert len(again) == 1


def test_a_key_that_was_in_the_place_and_is_not_the_logs_goes() -> None:
    node = Node()
    node.keys.cabinet.add(NEXT, fresh_domain_key())
    node.fresh.keep(NEXT, OTHER)
    node.opens(OTHER)
    assert node.kept()[NEXT] == OTHER


def test_a_sealing_key_is_the_one_on_the_card_of_the_partition_that_decides() -> None:
    node, name = Node(), sealing_file(2)
    first, second = SealingKey.generate(), SealingKey.generate()
    for key in (first, second):
        node.fresh.keep(name, key.seed)
    card = node.keys.encoded_card_with(2, second.public_bytes())
    node.log_says(SealingKeyAnnounced(HOME, 2, card))
    assert node.kept()[name] == second.seed
    assert node.waiting() == []
    assert encode_card(node.keys.card, node.keys.identity) == card


@pytest.mark.parametrize(
    ("name", "is_key"),
    [
        ("domain.0.1", True),
        ("domain.33.7", True),
        ("sealing.2", True),
        ("domain.34.1", False),
        ("domain.-1.1", False),
        ("domain.1", False),
        ("domain.1.1.1", False),
        ("domain.01.1", False),
        ("domain.x.1", False),
        ("sealing.2.1", False),
        ("sealing.", False),
        ("identity", False),
        ("record-mac.0", False),
        ("fresh.domain.0.2.ab", False),
        ("../domain.0.1", False),
    ],
)
def test_only_domain_keys_and_sealing_keys_are_handed_over(name: str, is_key: bool) -> None:
    assert is_key_of_region(name, 34) is is_key


def test_what_is_no_sealing_key_is_refused() -> None:
    cabinet = MemoryCabinet({})
    node = Node()
    with pytest.raises(ValueError, match="96 bytes"):
        node.fresh.keep(sealing_file(2), Secret(b"short"))
    assert cabinet.names() == []
