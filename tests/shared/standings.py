"""Keys, accounts and peers as they stand before a peer's record, events of theirs, and how it is asked what may be."""

from collections.abc import Mapping

from shared import events as e
from shared.authority import overreach
from shared.crypto.region_card import RegionCard, encode_card
from shared.crypto.region_certificate import identity_certificate
from shared.crypto.region_identity import RegionIdentity
from shared.crypto.sealing import SealingKey
from shared.erasure.events import SealingKeyAnnounced, SecretRequestAnswered, SecretRequested, SecretSealed
from shared.evolve import State, evolve
from shared.fold import Fold
from shared.grants.events import GrantCreated
from shared.here import Here, Standing
from shared.identifiers import (
    account_stream,
    key_stream,
)
from shared.identity.model import Peer
from shared.keys.model import Key
from shared.keys.scream_events import ScreamTestStarted, ScreamTestStopped
from shared.secrets import Secret
from tests.replication.written_log import IDENTITIES

ACCOUNT, KEY = "111122223333", "mrk-" + "0" * 32
ELSEWHERE = "444455556666"
"""An account of another partition."""
OWN, HERE, THIRD = "eu-west-1", "us-east-1", "ap-southeast-2"
"""The region that speaks, the one that adopts, and another."""
MATERIAL = e.MaterialBorn("ab" * 32, KEY, 1)
KIND = ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "AWS_KMS")
STREAM = key_stream(ACCOUNT, KEY)
NEW, GONE = Standing(None, begun=False), Standing(None, begun=True)


def key_of(region: str | None) -> e.KeyCreated:
    return e.KeyCreated(ACCOUNT, KEY, materials=(MATERIAL,), primary_region=region)


def replicated(primary: str, to: str) -> e.KeyReplicated:
    return e.KeyReplicated(ACCOUNT, KEY, *KIND, (MATERIAL,), primary, (to,), to)


def state(*events: e.Event, origin: str | None = OWN) -> State | None:
    """What follows from events of `origin`, those of a multi-region key as its primary says them."""
    folded: State | None = None
    for event in events:
        key = folded if isinstance(folded, Key) and folded.is_multi_region else None
        fold = Fold(HERE, 1, origin) if key is None else Fold(HERE, 1, key.primary_region, {}, 0, key.present_epoch)
        folded = evolve(folded, event, fold)
    return folded


def epoch_said(key: State | None) -> tuple[int, str] | None:
    """That in which the speaker leads the key."""
    return key.present_epoch if isinstance(key, Key) and key.primary_region == OWN else None


def standing(*events: e.Event, origin: str | None = OWN) -> Standing:
    return Standing(state(*events, origin=origin), begun=True)


KEPT_OUT = standing(key_of(OWN))
"""A key of the speaker, of which the adopting region holds no replica."""
HELD = standing(key_of(OWN), replicated(OWN, HERE))
AT_THIRD = standing(key_of(OWN), replicated(OWN, THIRD))
REPLICA = standing(key_of(THIRD), replicated(THIRD, OWN))
"""A key of another region, of which the speaker holds a replica."""
OTHERS = standing(key_of(THIRD))
OF_HERE = standing(key_of(HERE), origin=None)
SINGLE = standing(key_of(None), origin=None)
IMPORTING = standing(key_of(OWN)._replace(origin="EXTERNAL", materials=()))
SIGNING = standing(key_of(OWN)._replace(spec="RSA_2048", usage="SIGN_VERIFY"))
FAMILY = e.KeyFamilyCreated(ACCOUNT, KEY, *KIND, (MATERIAL,), OWN, (HERE, THIRD))
TWO_REPLICAS = standing(key_of(THIRD), replicated(THIRD, OWN), replicated(THIRD, HERE))
HAND_OVER = e.PrimaryRegionUpdated(ACCOUNT, KEY, THIRD, 1)
STEPPED_DOWN = standing(key_of(OWN), replicated(OWN, HERE), replicated(OWN, THIRD), HAND_OVER)
HANDED_OVER = standing(key_of(THIRD), replicated(THIRD, OWN), e.PrimaryRegionUpdated(ACCOUNT, KEY, OWN, 1))
HOME_IS_OWN, HOME_IS_OTHER = (state(e.AccountCreated(ACCOUNT, region, "n")) for region in (OWN, THIRD))

USER = e.UserCreated(ACCOUNT, "user", "AIDA")
GRANT = "ab" * 32
GRANTED = GrantCreated(ACCOUNT, KEY, GRANT, 1, ACCOUNT, ("Decrypt",))
GIVEN_TO_ALL = e.GrantShared(ACCOUNT, KEY, GRANT, ACCOUNT, ("Decrypt",))
ENDED = e.SharedGrantEnded(ACCOUNT, KEY, GRANT)
ACCESS_KEY = e.AccessKeyCreated(ACCOUNT, "user", "AKIA")
SIGNING_KEYS = e.SigningKeysIssued(ACCOUNT, "AKIA", "20261124", 35, (HERE,))
TOLD = e.ReplicaMaterialImported(ACCOUNT, KEY, OWN, "ab" * 32)
GOES = e.KeyDeleted(ACCOUNT, KEY, OWN)
FRESH = MATERIAL._replace(material_id="cd" * 32)
IMPORTED: tuple[e.Event, ...] = (
    e.KeyMaterialImported(ACCOUNT, KEY, (FRESH,)),
    e.KeyMaterialDeleted(ACCOUNT, KEY, "ab" * 32),
)
ROTATED = e.KeyRotated(ACCOUNT, KEY, "ON_DEMAND", "ab" * 32)
MADE: tuple[e.Event, ...] = (
    e.KeyRotationEnabled(ACCOUNT, KEY, 365),
    e.KeyRotated(ACCOUNT, KEY, "ON_DEMAND", "cd" * 32, (FRESH,)),
    e.KeyRotationStarted(ACCOUNT, KEY, "ON_DEMAND", (FRESH,)),
)
"""What becomes of a key whose material the regions make."""
OF_THE_PRIMARY: tuple[e.Event, ...] = (
    *MADE,
    ROTATED,
    e.KeyRotationDisabled(ACCOUNT, KEY),
    e.KeySettingsShared(ACCOUNT, KEY, "policy", "{}"),
    e.OvertakenSettled(ACCOUNT, KEY, THIRD, 1),
)
REGIONAL: tuple[e.Event, ...] = (
    e.KeyEnabled(ACCOUNT, KEY),
    e.KeyDisabled(ACCOUNT, KEY),
    e.KeyDescriptionUpdated(ACCOUNT, KEY, "text"),
    e.KeyPolicyPut(ACCOUNT, KEY, "{}"),
    e.KeyTagged(ACCOUNT, KEY, (("a", "b"),)),
    e.KeyUntagged(ACCOUNT, KEY, ("a",)),
    e.KeyDeletionScheduled(ACCOUNT, KEY, 7, 1),
    e.KeyDeletionCanceled(ACCOUNT, KEY),
    e.KeyAliasesSet(ACCOUNT, KEY, ("alias/a",)),
    ScreamTestStarted(ACCOUNT, KEY, "ab" * 8, 100, 100, 30),
    ScreamTestStopped(ACCOUNT, KEY, "ab" * 8),
)
"""What belongs to each region that holds the key."""

SEALING = {region: SealingKey(Secret(region.encode().ljust(96, b"."))) for region in (OWN, THIRD)}


def certificate_of(identity: RegionIdentity, region: str) -> bytes:
    return identity_certificate(identity, region, 1_700_000_000_000)


CERTIFICATES = {region: certificate_of(IDENTITIES[region], region) for region in (OWN, THIRD)}


def card_of(region: str, number: int, identity: RegionIdentity | None = None) -> bytes:
    identity = identity or IDENTITIES[region]
    certificate = CERTIFICATES[region] if identity is IDENTITIES[region] else certificate_of(identity, region)
    card = RegionCard(region, identity.public_bytes, number, SEALING[region].public_bytes(), certificate)
    return encode_card(card, identity)


PINNED = Standing(Peer(OWN, card_of(OWN, 1), 1), begun=True)
ANNOUNCED = SealingKeyAnnounced(OWN, 2, card_of(OWN, 2))
OTHER_MATERIAL = MATERIAL._replace(material_id="cd" * 32)
COMMITTED = e.KeyCreated(ACCOUNT, KEY, materials=(MATERIAL._replace(id_commits=True),), primary_region=THIRD)
TWO_COMMITTED = standing(COMMITTED, replicated(THIRD, OWN), replicated(THIRD, HERE))
ASKED = SecretRequested(ACCOUNT, KEY, OWN, ("ab" * 32,))
SEALED_AGAIN = SecretSealed(ACCOUNT, KEY, HERE, (MATERIAL,))
ANSWERED = SecretRequestAnswered(ACCOUNT, KEY, HERE)


def refusal(
    *events: e.Event, before: Standing, account: State | None = None, named: str = "", readable: bool = True
) -> str:
    accounts = {account_stream(ACCOUNT): account}
    here = Here(HERE, lambda name: name != ELSEWHERE, accounts.get, epoch_said(before.state))
    streams = {named or e.stream_of(events[0]): before}
    return overreach(OWN, here, streams, events if readable else None)


def beside_key(event: e.Event, key: Standing, adopted: Mapping[str, int] = {}) -> str:
    """As `refusal`, of a stream that belongs to the key as it stands."""
    here = Here(HERE, lambda name: name != ELSEWHERE, {STREAM: key.state}.get, adopted=adopted)
    before = key if e.stream_of(event) == STREAM else NEW
    return overreach(OWN, here, {e.stream_of(event): before}, (event,))
