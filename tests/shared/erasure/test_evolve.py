"""What events make of domains, sealing keys and secrets: tables, and what never comes back."""

from collections.abc import Mapping

import pytest

from shared import events as e
from shared.erasure import events as erasure
from shared.erasure.live import CREDENTIAL, SECRET, SIGNING_KEYS, lacking, live_secrets
from shared.erasure.model import Domain, SecretRequest
from shared.events import Event
from shared.evolve import State, evolve
from shared.fold import Fold
from shared.identity.model import AccessKey, Peer, SigningKeys
from shared.key_stores.model import KeyStore
from shared.keys.model import ENABLED, Key, KeyMaterial

HERE, PEER, THIRD = "us-east-1", "eu-west-1", "ap-southeast-2"
ACCOUNT, KEY_ID, MATERIAL = "111122223333", "mrk-1234abcd12ab34cd56ef1234567890ab", "ab" * 32
NOW = 1_700_000_000_000
OWN = Fold(HERE, NOW)


def folded(state: State | None, *events: Event, fold: Fold = OWN) -> State | None:
    for event in events:
        state = evolve(state, event, fold)
    return state


def key(wrapped: bytes | None, origin: str = "AWS_KMS", state: str | None = ENABLED) -> Key:
    materials = (KeyMaterial(MATERIAL, KEY_ID, NOW, wrapped),)
    return Key(ACCOUNT, KEY_ID, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", origin, NOW, materials, state, "", None, (),
               PEER, (HERE,), 0)  # fmt: skip


ACCESS_KEY = AccessKey(ACCOUNT, "user", "AKIA", NOW, b"old", SigningKeys("20261124", 35, b"old keys"), ())
STORE = KeyStore(ACCOUNT, "cks-1234567890abcdef0", "name", "EXTERNAL_KEY_STORE", NOW, b"old")


@pytest.mark.parametrize(
    ("events", "domain"),
    [
        ((erasure.EpochOpened(5, 2),), Domain(5, 2, NOW)),
        ((erasure.EpochOpened(5, 2), erasure.EpochOpened(5, 2)), Domain(5, 2, NOW)),
        ((erasure.EpochOpened(5, 3), erasure.EpochOpened(5, 2)), Domain(5, 3, NOW)),
        ((erasure.EpochOpened(5, 2), erasure.EpochClosed(5, 1)), Domain(5, 2, NOW, 1)),
        ((erasure.EpochOpened(5, 4), erasure.EpochClosed(5, 3), erasure.EpochClosed(5, 1)), Domain(5, 4, NOW, 3)),
        ((erasure.EpochClosed(5, 1),), Domain(5)),
        ((erasure.EpochOpened(5, 2), erasure.EpochClosed(5, 2)), Domain(5, 2, NOW, 1)),
        (
            (erasure.DomainKeyDestroyed(5, 3, "b"), erasure.DomainKeyDestroyed(5, 2, "a")),
            Domain(5, destroyed=(("a", 2), ("b", 3))),
        ),
        (
            (erasure.DomainKeyDestroyed(5, 3, "b"), erasure.DomainKeyDestroyed(5, 2, "b")),
            Domain(5, destroyed=(("b", 3),)),
        ),
    ],
)
def test_epochs_only_grow_and_the_present_one_is_never_closed(events: tuple[Event, ...], domain: Domain) -> None:
    assert folded(None, *events) == domain


@pytest.mark.parametrize(
    ("state", "rewrapped", "secrets"),
    [
        (key(b"old"), {MATERIAL: b"new"}, {MATERIAL: b"new"}),
        (key(b"old"), {"cd" * 32: b"new"}, {MATERIAL: b"old"}),
        (key(None), {MATERIAL: b"new"}, {}),
        (key(None, "EXTERNAL"), {MATERIAL: b"new"}, {}),
        (ACCESS_KEY, {SECRET: b"new"}, {SECRET: b"new", SIGNING_KEYS: b"old keys"}),
        (ACCESS_KEY, {SIGNING_KEYS: b"new"}, {SECRET: b"old", SIGNING_KEYS: b"new"}),
        (ACCESS_KEY._replace(wrapped=None, signing_keys=None), {SECRET: b"new", SIGNING_KEYS: b"new"}, {}),
        (STORE, {CREDENTIAL: b"new"}, {CREDENTIAL: b"new"}),
        (None, {MATERIAL: b"new"}, {}),
    ],
)
def test_what_is_wrapped_again_takes_the_place_of_what_is_there_and_brings_nothing_back(
    state: State | None, rewrapped: dict[str, bytes], secrets: dict[str, bytes]
) -> None:
    event = erasure.SecretRewrapped(ACCOUNT, "key", KEY_ID, rewrapped)
    assert live_secrets(folded(state, event)) == secrets


@pytest.mark.parametrize(
    ("state", "ids"),
    [
        (key(None), (MATERIAL,)),
        (key(b"here"), ()),
        (key(None, "EXTERNAL"), ()),
        (key(None, state=None), ()),
    ],
)
def test_a_region_lacks_what_it_is_to_have_and_nobody_has_to_bring(state: Key, ids: tuple[str, ...]) -> None:
    assert lacking(state) == ids


@pytest.mark.parametrize(
    ("before", "fold", "region", "after"),
    [
        (key(None), Fold(HERE, NOW, PEER, {MATERIAL: b"came"}), HERE, b"came"),
        (key(b"here"), Fold(HERE, NOW, PEER, {MATERIAL: b"came"}), HERE, b"here"),
        (key(None), Fold(HERE, NOW, PEER, {MATERIAL: b"came"}), "ap-southeast-2", None),
        (key(None), Fold(HERE, NOW, PEER, {}), HERE, None),
        (key(None, "EXTERNAL"), Fold(HERE, NOW, PEER, {MATERIAL: b"came"}), HERE, None),
        (key(None, state=None), Fold(HERE, NOW, PEER, {MATERIAL: b"came"}), HERE, None),
    ],
)
def test_what_is_sealed_again_supplies_what_is_lacking_and_nothing_else(
    before: Key, fold: Fold, region: str, after: bytes | None
) -> None:
    event = erasure.SecretSealed(ACCOUNT, KEY_ID, region, (e.MaterialBorn(MATERIAL, KEY_ID, NOW),))
    assert live_secrets(evolve(before, event, fold)).get(MATERIAL) == after


def test_a_request_is_there_until_it_is_answered() -> None:
    asked = folded(None, erasure.SecretRequested(ACCOUNT, KEY_ID, PEER, (MATERIAL,)))
    assert asked == SecretRequest(ACCOUNT, KEY_ID, PEER, (MATERIAL,), NOW)
    assert folded(asked, erasure.SecretRequestAnswered(ACCOUNT, KEY_ID, PEER)) is None


def answered(asked: SecretRequest, by: str, arrived: Mapping[str, bytes]) -> State | None:
    """What the region that has asked, which folds, makes of an answer."""
    return evolve(asked, erasure.SecretRequestAnswered(ACCOUNT, KEY_ID, HERE), Fold(HERE, NOW, by, arrived))


def test_who_asked_remembers_whose_answers_were_in_vain_until_all_has_come() -> None:
    asked = SecretRequest(ACCOUNT, KEY_ID, HERE, (MATERIAL,), NOW)
    once = answered(asked, PEER, {})
    assert once == asked._replace(in_vain=(PEER,), asked_at=0)
    assert isinstance(once, SecretRequest)
    assert answered(once, THIRD, {"cd" * 32: b"another"}) == once._replace(in_vain=(THIRD, PEER))
    assert answered(once, THIRD, {MATERIAL: b"came"}) is None


def test_an_answer_of_who_has_answered_in_vain_ends_nothing() -> None:
    asked = SecretRequest(ACCOUNT, KEY_ID, THIRD, (MATERIAL,), NOW, (PEER,))
    answer = erasure.SecretRequestAnswered(ACCOUNT, KEY_ID, THIRD)
    assert evolve(asked, answer, Fold(HERE, NOW, PEER)) == asked
    assert evolve(asked, answer, Fold(HERE, NOW)) is None


@pytest.mark.parametrize(
    ("events", "peer"),
    [
        ((erasure.SealingKeyAnnounced(PEER, 2, b"two"),), Peer(PEER, b"two", 7, 2, NOW)),
        ((erasure.SealingKeyAnnounced(PEER, 1, b"one"),), Peer(PEER, b"card", 7)),
        (
            (erasure.SealingKeyAnnounced(PEER, 3, b"three"), erasure.SealingKeyAnnounced(PEER, 2, b"two")),
            Peer(PEER, b"three", 7, 3, NOW),
        ),
        ((erasure.SealingKeyDestroyed(PEER, 1, "n"),), Peer(PEER, b"card", 7, sealing_destroyed=(("n", 1),))),
    ],
)
def test_the_greatest_sealing_key_is_the_card_s(events: tuple[Event, ...], peer: Peer) -> None:
    assert folded(Peer(PEER, b"card", 7), *events) == peer


def test_the_fingerprints_of_all_epochs_that_are_not_closed_are_known() -> None:
    opened = [erasure.EpochOpened(5, epoch, bytes([epoch])) for epoch in (2, 3, 4)]
    domain = folded(None, *opened)
    assert isinstance(domain, Domain)
    assert [domain.known_by(epoch) for epoch in range(1, 6)] == [b"", b"\2", b"\3", b"\4", b""]
    assert folded(domain, erasure.EpochClosed(5, 2)) == Domain(5, 4, NOW, 2, (), b"\4", ((3, b"\3"),))
    assert folded(domain, erasure.EpochClosed(5, 3)) == Domain(5, 4, NOW, 3, (), b"\4")


def test_an_epoch_that_two_open_has_the_fingerprint_of_the_first_in_the_logs_order() -> None:
    domain = folded(None, erasure.EpochOpened(5, 2, b"first"), erasure.EpochOpened(5, 2, b"second"))
    assert domain == Domain(5, 2, NOW, fingerprint=b"first")
