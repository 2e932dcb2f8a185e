"""One value of every released form that erasing has brought."""

from collections.abc import Mapping

from shared.erasure import events as erasure
from shared.erasure.model import Domain, SecretRequest
from shared.events import MaterialBorn
from shared.evolve import State
from shared.identity.model import Peer

ACCOUNT, KEY_ID = "111122223333", "mrk-1234abcd12ab34cd56ef1234567890ab"
SEALED = MaterialBorn("cd" * 32, KEY_ID, 1_700_000_000_001, sealed={"eu-west-1": b"sealed"})

ERASURE_EVENTS: Mapping[str, erasure.ErasureEvent] = {
    "event-150-epoch-opened": erasure.EpochOpened(35, 2, b"fingerprint"),
    "event-151-secret-rewrapped": erasure.SecretRewrapped(ACCOUNT, "key", KEY_ID, {"ab" * 32: b"wrapped"}),
    "event-152-epoch-closed": erasure.EpochClosed(35, 1),
    "event-153-domain-key-destroyed": erasure.DomainKeyDestroyed(35, 1, "node-1"),
    "event-154-sealing-key-announced": erasure.SealingKeyAnnounced("eu-west-1", 2, b"card"),
    "event-156-secret-requested": erasure.SecretRequested(ACCOUNT, KEY_ID, "eu-west-1", ("ab" * 32, "cd" * 32)),
    "event-156-secret-requested-of-others": erasure.SecretRequested(
        ACCOUNT, KEY_ID, "eu-west-1", ("ab" * 32,), ("us-east-1",)
    ),
    "event-157-secret-sealed": erasure.SecretSealed(ACCOUNT, KEY_ID, "eu-west-1", (SEALED,)),
    "event-158-secret-request-answered": erasure.SecretRequestAnswered(ACCOUNT, KEY_ID, "eu-west-1"),
    "event-155-sealing-key-destroyed": erasure.SealingKeyDestroyed("us-east-1", 1, "node-1"),
}
ERASURE_STATES: Mapping[str, tuple[int, State | None, bool]] = {
    "row-domain": (3, Domain(35, 2, 1_700_000_000_000, 1, (("node-1", 1),), b"fingerprint"), False),
    "row-domain-with-earlier-epochs": (
        4,
        Domain(35, 4, 1_700_000_000_000, 1, (("node-1", 1),), b"fourth", ((2, b"second"), (3, b"third"))),
        False,
    ),
    "row-secret-request": (1, SecretRequest(ACCOUNT, KEY_ID, "eu-west-1", ("ab" * 32,), 1_700_000_000_000), False),
    "row-secret-request-of-others": (
        3,
        SecretRequest(ACCOUNT, KEY_ID, "eu-west-1", ("ab" * 32,), 1_700_000_000_000, ("us-east-1",)),
        False,
    ),
    "row-peer-with-another-sealing-key": (
        2,
        Peer("eu-west-1", b"card", 1_700_000_000_000, 2, 1_700_000_000_001, (("node-1", 1),)),
        False,
    ),
}
