"""One value of every released form, fixed for ever: what the golden files are made of.

Run `python -m tests.golden.samples` to write the files of forms that have none yet. A file that is there is never
written over: what stands in it has been released, and lies in somebody's log.
"""

from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from replication.pulses.pulse import Pulse, encode_pulse
from replication.records.body import Adoption, encode_adoption, encode_change, encode_shared
from replication.records.position import Head
from replication.records.receipt import Receipt, Statement, encode_receipt
from replication.records.record import Author, Envelope, Request, authenticate, encode_envelope
from replication.state.partition_head import Chain, PartitionHead
from replication.state.rows import encode_row
from replication.witness.checkpoint import Checkpoint, Cosignature, encode_checkpoint, encode_cosignature
from shared import events as e
from shared.aliases.model import Alias
from shared.audit.entry import Identity
from shared.event_codec import encode_events
from shared.evolve import State
from shared.grants.events import GrantCreated, GrantRetired, GrantRevoked
from shared.grants.model import EndedGrant, Grant
from shared.identity.model import AccessKey, Account, Peer, SigningKeys, User
from shared.key_stores import events as key_stores
from shared.key_stores.model import KeyStore
from shared.keys.model import Deletion, Key, KeyMaterial, Rotation, RotationUnderWay
from shared.nodes.events import NodeMissed, NodeReturned
from shared.nodes.model import Node
from tests.golden.backup_samples import BACKUP_EVENTS, BACKUP_STATES
from tests.golden.drill_samples import DRILL_EVENTS, DRILL_STATES
from tests.golden.erasure_samples import ERASURE_EVENTS, ERASURE_STATES
from tests.golden.identity_samples import IDENTITY_EVENTS, IDENTITY_STATES
from tests.golden.promotion_samples import KEY as PROMOTED_KEY
from tests.golden.promotion_samples import OFTEN_CHANGED_KEY, PROMOTION_EVENTS
from tests.golden.rebuild_samples import REBUILD_EVENTS, REBUILD_STATES
from tests.golden.scream_samples import SCREAM_EVENTS, SCREAM_STATES
from tests.replication.written_log import HOME, IDENTITIES, PEER, RECORD_KEY, signed

FOLDER = Path(__file__).parent / "released"
ACCOUNT, KEY_ID, OTHER = "111122223333", "mrk-1234abcd12ab34cd56ef1234567890ab", "1234abcd-12ab-34cd-56ef-1234567890ab"
TAGS = (("cost", "1"), ("team", "ü"))
WRAPPED = e.MaterialBorn("ab" * 32, KEY_ID, 1_700_000_000_000, wrapped=b"wrapped")
SEALED = e.MaterialBorn("cd" * 32, KEY_ID, 1_700_000_000_001, sealed={"eu-west-1": b"sealed"})
KEY_STORE = "cks-1234567890abcdef0"
SPEC = ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "AWS_KMS")

EVENTS: Mapping[str, e.Event] = {
    "event-01-key-created": e.KeyCreated(
        ACCOUNT, KEY_ID, *SPEC, (WRAPPED, SEALED), "us-east-1", "text", '{"Version":"2012-10-17"}', TAGS
    ),
    "event-01-key-created-committed": e.KeyCreated(
        ACCOUNT, KEY_ID, *SPEC, (SEALED._replace(id_commits=True),), "us-east-1"
    ),
    "event-01-key-created-least": e.KeyCreated(ACCOUNT, OTHER, *SPEC, ()),
    "event-02-key-replicated": e.KeyReplicated(
        ACCOUNT, KEY_ID, *SPEC, (SEALED,), "us-east-1", ("eu-west-1",), "eu-west-1", "text", "{}", TAGS
    ),
    "event-03-key-enabled": e.KeyEnabled(ACCOUNT, KEY_ID),
    "event-04-key-disabled": e.KeyDisabled(ACCOUNT, KEY_ID),
    "event-05-key-description-updated": e.KeyDescriptionUpdated(ACCOUNT, KEY_ID, ""),
    "event-06-key-policy-put": e.KeyPolicyPut(ACCOUNT, KEY_ID, "{}"),
    "event-07-key-tagged": e.KeyTagged(ACCOUNT, KEY_ID, TAGS),
    "event-08-key-untagged": e.KeyUntagged(ACCOUNT, KEY_ID, ("cost",)),
    "event-01-key-created-in-a-key-store": e.KeyCreated(
        ACCOUNT,
        OTHER,
        *SPEC[:2],
        "EXTERNAL_KEY_STORE",
        (WRAPPED,),
        custom_key_store_id="cks-1234567890abcdef0",
        external_key_id="external",
    ),
    "event-01-key-created-for-a-service": e.KeyCreated(ACCOUNT, OTHER, *SPEC, (WRAPPED,), key_manager="AWS"),
    "event-09-key-deletion-scheduled": e.KeyDeletionScheduled(ACCOUNT, KEY_ID, 7, 1_700_000_000_000),
    "event-09-key-deletion-scheduled-behind-replicas": e.KeyDeletionScheduled(ACCOUNT, KEY_ID, 30),
    "event-10-key-deletion-canceled": e.KeyDeletionCanceled(ACCOUNT, KEY_ID),
    "event-11-key-deleted-replica": e.KeyDeleted(ACCOUNT, KEY_ID, "eu-west-1"),
    "event-11-key-deleted-whole": e.KeyDeleted(ACCOUNT, KEY_ID, "us-east-1", whole=True),
    "event-12-key-rotation-enabled": e.KeyRotationEnabled(ACCOUNT, KEY_ID, 365),
    "event-13-key-rotation-disabled": e.KeyRotationDisabled(ACCOUNT, KEY_ID),
    "event-14-key-rotated": e.KeyRotated(ACCOUNT, KEY_ID, "AUTOMATIC", SEALED.material_id, (SEALED,)),
    "event-14-key-rotated-to-imported": e.KeyRotated(ACCOUNT, KEY_ID, "ON_DEMAND", SEALED.material_id),
    "event-15-key-material-imported": e.KeyMaterialImported(
        ACCOUNT, KEY_ID, (WRAPPED,), pending=True, valid_to=1_800_000_000_000, description="text"
    ),
    "event-15-key-material-imported-again": e.KeyMaterialImported(ACCOUNT, KEY_ID, (WRAPPED,)),
    "event-16-key-material-deleted": e.KeyMaterialDeleted(ACCOUNT, KEY_ID, WRAPPED.material_id),
    "event-16-key-material-expired": e.KeyMaterialDeleted(ACCOUNT, KEY_ID, WRAPPED.material_id, expired=True),
    "event-17-primary-region-updated": e.PrimaryRegionUpdated(ACCOUNT, KEY_ID, "eu-west-1", 1),
    "event-18-replica-material-imported": e.ReplicaMaterialImported(ACCOUNT, KEY_ID, "eu-west-1", "cd" * 32),
    "event-18-replica-material-imported-of-a-time": e.ReplicaMaterialImported(
        ACCOUNT, KEY_ID, "eu-west-1", "cd" * 32, 1_700_000_000_001
    ),
    "event-20-alias-created": e.AliasCreated(ACCOUNT, "alias/a", KEY_ID),
    "event-21-alias-retargeted": e.AliasRetargeted(ACCOUNT, "alias/a", OTHER),
    "event-22-alias-deleted": e.AliasDeleted(ACCOUNT, "alias/a"),
    "event-22-alias-deleted-of-a-key": e.AliasDeleted(ACCOUNT, "alias/a", KEY_ID),
    "event-25-grant-created": GrantCreated(
        ACCOUNT,
        KEY_ID,
        "ab" * 32,
        1_700_000_000_000,
        ACCOUNT,
        ("Decrypt", "Encrypt", "RetireGrant"),
        "name",
        "arn:aws:iam::444455556666:role/grantee",
        None,
        "arn:aws:iam::444455556666:root",
        None,
        (("purpose", "tests"), ("team", "ü")),
        None,
        "arn:aws:s3:eu-west-1:111122223333:bucket",
    ),
    "event-25-grant-created-least": GrantCreated(ACCOUNT, OTHER, "ab" * 32, 5, ACCOUNT, ("DescribeKey",)),
    "event-25-grant-created-to-a-service": GrantCreated(
        ACCOUNT,
        OTHER,
        "cd" * 32,
        5,
        "444455556666",
        ("Sign",),
        grantee_service_principal="a.service.example",
        retiring_service_principal="b.service.example",
        encryption_context_equals=(),
        encryption_context_subset=(("k", ""),),
    ),
    "event-26-grant-retired": GrantRetired(ACCOUNT, KEY_ID, "ab" * 32),
    "event-27-grant-revoked": GrantRevoked(ACCOUNT, KEY_ID, "ab" * 32),
    "event-40-account-created": e.AccountCreated(ACCOUNT, "us-east-1", "name"),
    "event-41-user-created": e.UserCreated(ACCOUNT, "user", "AIDAEXAMPLE"),
    "event-42-access-key-created": e.AccessKeyCreated(ACCOUNT, "user", "AKIAEXAMPLE", b"wrapped"),
    "event-42-access-key-created-shared": e.AccessKeyCreated(ACCOUNT, "user", "AKIAEXAMPLE"),
    "event-43-signing-keys-issued": e.SigningKeysIssued(
        ACCOUNT, "AKIAEXAMPLE", "20261124", 35, ("eu-west-1",), {"eu-west-1": b"sealed"}
    ),
    "event-45-key-store-created-in-a-cluster": key_stores.KeyStoreCreated(
        ACCOUNT, KEY_STORE, "name", "AWS_CLOUDHSM", b"wrapped", "cluster-2a23b4cdefg", "certificate"
    ),
    "event-45-key-store-created-behind-a-proxy": key_stores.KeyStoreCreated(
        ACCOUNT,
        KEY_STORE,
        "name",
        "EXTERNAL_KEY_STORE",
        b"wrapped",
        None,
        None,
        "https://proxy.example.com",
        "/kms/xks/v1",
        "ABCDE12345670EXAMPLE",
        "VPC_ENDPOINT_SERVICE",
        "com.amazonaws.vpce.us-east-1.vpce-svc-1",
        "444455556666",
    ),
    "event-46-key-store-updated": key_stores.KeyStoreUpdated(
        ACCOUNT,
        KEY_STORE,
        "other",
        b"wrapped",
        "cluster-2a23b4cdefg",
        "https://proxy.example.com",
        "/a/kms/xks/v1",
        "ABCDE12345670EXAMPLE",
        "PUBLIC_ENDPOINT",
        "com.amazonaws.vpce.us-east-1.vpce-svc-1",
        "444455556666",
    ),
    "event-46-key-store-renamed": key_stores.KeyStoreUpdated(ACCOUNT, KEY_STORE, "other"),
    "event-47-key-store-connected": key_stores.KeyStoreConnectionChanged(ACCOUNT, KEY_STORE, "CONNECTED"),
    "event-47-key-store-connection-failed": key_stores.KeyStoreConnectionChanged(
        ACCOUNT, KEY_STORE, "FAILED", "INVALID_CREDENTIALS"
    ),
    "event-48-key-store-deleted": key_stores.KeyStoreDeleted(ACCOUNT, KEY_STORE),
    **IDENTITY_EVENTS,
    **ERASURE_EVENTS,
    **BACKUP_EVENTS,
    **REBUILD_EVENTS,
    **DRILL_EVENTS,
    **SCREAM_EVENTS,
    "event-60-peer-admitted": e.PeerAdmitted("eu-west-1", b"card"),
    "event-170-head-vouched": e.HeadVouched("us-east-1", 12, b"\x0c" * 32),
    "event-140-node-admitted": e.NodeAdmitted("node-2", b"card", "127.0.0.1:8152", b"token-id"),
    "event-140-node-admitted-least": e.NodeAdmitted("node-1", b"card", "127.0.0.1:8151"),
    "event-141-node-moved": e.NodeMoved("node-2", "127.0.0.1:9152"),
    "event-142-node-removed": e.NodeRemoved("node-2", "node-1"),
    "event-148-node-missed": NodeMissed("node-2", "node-1"),
    "event-149-node-returned": NodeReturned("node-2", 1),
    "event-110-key-settings-shared": e.KeySettingsShared(
        ACCOUNT, KEY_ID, "policy tags aliases", "{}", TAGS, ("alias/a", "alias/b")
    ),
    "event-110-key-settings-shared-no-more": e.KeySettingsShared(ACCOUNT, KEY_ID),
    "event-110-key-settings-shared-in-its-epoch": e.KeySettingsShared(
        ACCOUNT, KEY_ID, "aliases", None, (("keytide:replicate", "aliases"),), ("alias/a",), 2
    ),
    "event-111-key-aliases-set": e.KeyAliasesSet(ACCOUNT, KEY_ID, ("alias/a",)),
    "event-111-key-aliases-set-to-none": e.KeyAliasesSet(ACCOUNT, KEY_ID, ()),
    "event-112-grant-shared": e.GrantShared(
        ACCOUNT,
        KEY_ID,
        "ab" * 32,
        ACCOUNT,
        ("Decrypt", "RetireGrant"),
        "name",
        "arn:aws:iam::444455556666:role/grantee",
        None,
        "arn:aws:iam::444455556666:root",
        None,
        None,
        (("purpose", "tests"),),
        "arn:aws:s3:eu-west-1:111122223333:bucket",
        1_700_000_000_000,
    ),
    "event-112-grant-shared-least": e.GrantShared(ACCOUNT, KEY_ID, "ab" * 32, ACCOUNT, ("DescribeKey",)),
    "event-113-shared-grant-revoked": e.SharedGrantEnded(ACCOUNT, KEY_ID, "ab" * 32),
    "event-113-shared-grant-retired": e.SharedGrantEnded(ACCOUNT, KEY_ID, "ab" * 32, retired=True),
    "event-114-grant-replaced": e.GrantReplaced(ACCOUNT, KEY_ID, "ab" * 32),
    "event-14-key-rotated-without-all-regions": e.KeyRotated(
        ACCOUNT, KEY_ID, "AUTOMATIC", SEALED.material_id, unconfirmed=("ap-southeast-2", "eu-west-1")
    ),
    "event-14-key-rotated-with-what-was-before": e.KeyRotated(
        ACCOUNT, KEY_ID, "ON_DEMAND", SEALED.material_id, previous_material_id="cd" * 32, key_origin="EXTERNAL"
    ),
    "event-130-key-rotation-started": e.KeyRotationStarted(ACCOUNT, KEY_ID, "ON_DEMAND", (SEALED,)),
    "event-131-key-family-created": e.KeyFamilyCreated(
        ACCOUNT, KEY_ID, *SPEC, (WRAPPED, SEALED), "us-east-1", ("eu-west-1",), "text", "{}", TAGS, 365
    ),
    "event-131-key-family-created-least": e.KeyFamilyCreated(
        ACCOUNT, KEY_ID, *SPEC, (WRAPPED._replace(born_key_id=OTHER),), "us-east-1", ()
    ),
    "event-132-key-converted": e.KeyConverted(ACCOUNT, OTHER, KEY_ID),
    "event-02-key-replicated-with-aliases": e.KeyReplicated(
        ACCOUNT, KEY_ID, *SPEC, (), "us-east-1", ("eu-west-1",), "eu-west-1", aliases=("alias/a",)
    ),
    **PROMOTION_EVENTS,
}

_CREATED = (EVENTS["event-01-key-created"],)
_OPENING = Envelope(
    format=1,
    least_reader=1,
    record_id=bytes(range(16)),
    command_id=None,
    author=Author("us-east-1", "node-1", 3),
    sequence=0,
    previous=bytes(32),
    seen_sequence=41,
    seen_digest=b"\x41" * 32,
    log="keytide.us-east-1.local",
    partition=7,
    time=1_700_000_000_000,
    streams=(),
    domain=None,
    key_epoch=None,
    origin=None,
    adopted=None,
    request=None,
    shared=None,
    body=None,
)
_SHARED = replace(
    _OPENING,
    command_id=b"\x22" * 16,
    author=Author("eu-west-1", None, None),
    sequence=5,
    previous=b"\x05" * 32,
    seen_sequence=0,
    seen_digest=bytes(32),
    log="keytide.eu-west-1.shared",
    streams=((f"key/{ACCOUNT}/{KEY_ID}", None),),
    key_epoch=(1, "eu-west-1"),
    adopted={"ap-southeast-2": 9, "us-east-1": 4},
    shared=encode_shared(_CREATED),
)
_REQUEST = Request(
    "arn:aws:iam::111122223333:user/a", "AKIAEXAMPLE", "id", "127.0.0.1", "boto3", "CreateKey", {"Tags": [{"k": 1}]}
)
_SESSION = Identity(
    "AssumedRole",
    ACCOUNT,
    f"arn:aws:sts::{ACCOUNT}:assumed-role/a/b",
    "AROAEXAMPLE:b",
    "ASIAEXAMPLE",
    f"arn:aws:iam::{ACCOUNT}:role/a",
    1_700_000_000_000,
    f"arn:aws:iam::{ACCOUNT}:oidc-provider/c",
    "d",
)
ENVELOPES: Mapping[str, Envelope] = {
    "envelope-opening": _OPENING,
    "envelope-change-by-a-session": replace(
        _OPENING,
        sequence=3,
        streams=((f"key/{ACCOUNT}/{KEY_ID}", 0),),
        request=replace(_REQUEST, identity=_SESSION, service="kms", secure=True),
        body=encode_change(KEY_ID, _CREATED),
    ),
    "envelope-change-by-a-grant": replace(
        _OPENING,
        sequence=4,
        streams=((f"key/{ACCOUNT}/{KEY_ID}", 0),),
        request=replace(_REQUEST, identity=_SESSION, service="kms", secure=True, grants=("ab" * 32,)),
        body=encode_change(KEY_ID, _CREATED),
    ),
    "envelope-change": replace(
        _OPENING,
        command_id=b"\x22" * 16,
        sequence=1,
        previous=b"\x11" * 32,
        streams=((f"key/{ACCOUNT}/{KEY_ID}", 0), (f"alias/{ACCOUNT}/alias/a", 3), (f"account/{ACCOUNT}", None)),
        domain=(7, 1),
        key_epoch=(1, "us-east-1"),
        request=_REQUEST,
        shared=encode_shared(_CREATED),
        body=encode_change(KEY_ID, _CREATED),
    ),
    "envelope-adoption": replace(
        _OPENING,
        sequence=2,
        streams=_SHARED.streams,
        domain=(7, 1),
        key_epoch=(1, "eu-west-1"),
        origin=("eu-west-1", 5, b"\x55" * 32),
        adopted=_SHARED.adopted,
        body=encode_adoption(Adoption(b"shared record", {"cd" * 32: b"wrapped", "ab" * 32: b"other"})),
    ),
    "envelope-shared": _SHARED,
}

STATES: Mapping[str, tuple[int, State | None, bool]] = {
    "row-key": (
        3,
        Key(ACCOUNT, KEY_ID, *SPEC, 5, (KeyMaterial("ab" * 32, KEY_ID, 5, b"w"),), "Enabled", "text", None, TAGS,
            "us-east-1", ("eu-west-1",), 0),
        False,
    ),
    "row-key-with-all": (
        9,
        Key(ACCOUNT, KEY_ID, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "EXTERNAL", 5,
            (
                KeyMaterial("ab" * 32, KEY_ID, 5, b"w", 6, "ON_DEMAND", False, 9, "first"),
                KeyMaterial("cd" * 32, OTHER, 7, None, None, None, True, None, "", ("eu-west-1",)),
            ),
            "PendingDeletion", "text", "{}", TAGS, "us-east-1", ("eu-west-1",), 1,
            Deletion(7, 12), Rotation(365, 14), "cks-1234567890abcdef0", "external"),
        False,
    ),
    "row-key-with-committed-material": (
        2,
        Key(ACCOUNT, KEY_ID, *SPEC, 5, (KeyMaterial("ab" * 32, KEY_ID, 5, b"w", id_commits=True),), "Enabled", "",
            None, (), "us-east-1", ("eu-west-1",), 0),
        False,
    ),
    "row-key-of-a-service": (
        3,
        Key(ACCOUNT, OTHER, *SPEC, 5, (KeyMaterial("ab" * 32, OTHER, 5, b"w"),), "Enabled", "text", "{}", (),
            None, (), 0, rotation=Rotation(365, 14), key_manager="AWS"),
        False,
    ),
    "row-alias": (1, Alias(ACCOUNT, "alias/a", KEY_ID, 5, 6), False),
    "row-grant": (
        1,
        Grant(ACCOUNT, KEY_ID, "ab" * 32, 5, ACCOUNT, ("Decrypt", "RetireGrant"), "name",
              "arn:aws:iam::444455556666:root", None, None, "b.service.example", None, (("k", "v"),),
              "arn:aws:s3:eu-west-1:111122223333:bucket", 6),
        False,
    ),
    "row-key-with-things-in-common": (
        4,
        Key(ACCOUNT, KEY_ID, *SPEC, 5, (KeyMaterial("ab" * 32, KEY_ID, 5, b"w"),), "Enabled", "", None,
            (("keytide:replicate", "aliases grants"),), "us-east-1", ("eu-west-1",), 0,
            aliases=(("alias/a", 6), ("alias/b", 7)), own_grants_since=8, shares_grants=True),
        False,
    ),
    "row-grant-shared": (
        1,
        Grant(ACCOUNT, KEY_ID, "ab" * 32, 0, ACCOUNT, ("Decrypt",), "", "arn:aws:iam::444455556666:root",
              None, None, None, None, None, None, 6),
        False,
    ),
    "row-grant-shared-in-epochs": (
        2,
        Grant(ACCOUNT, KEY_ID, "ab" * 32, 0, ACCOUNT, ("Decrypt",), "", "arn:aws:iam::444455556666:root",
              None, None, None, None, None, None, 6, ((0, "us-east-1", 7), (1, "eu-west-1", 8))),
        False,
    ),
    "row-grant-ended": (2, EndedGrant(7), False),
    "row-account": (1, Account(ACCOUNT, "us-east-1", "name", 5), False),
    "row-user": (1, User(ACCOUNT, "user", "AIDAEXAMPLE", 5), False),
    "row-access-key": (
        2,
        AccessKey(
            ACCOUNT, "user", "AKIA", 5, b"w", SigningKeys("20261124", 35, b"w"), (("eu-west-1", "20261124", 35),)
        ),
        False,
    ),
    "row-key-with-a-rotation-under-way": (
        5,
        Key(ACCOUNT, KEY_ID, *SPEC, 5,
            (KeyMaterial("ab" * 32, KEY_ID, 5, b"w"), KeyMaterial("cd" * 32, KEY_ID, 6, b"x", pending=True)),
            "Enabled", "", None, (), "us-east-1", ("eu-west-1",), 0, rotation=Rotation(365, 9),
            under_way=RotationUnderWay("cd" * 32, "AUTOMATIC", 7, "us-east-1")),
        False,
    ),
    "row-key-with-an-heir": (
        6,
        Key(ACCOUNT, OTHER, *SPEC, 5, (KeyMaterial("ab" * 32, OTHER, 5, b"w"),), "Enabled", "", None, (), None, (), 0,
            heir_key_id=KEY_ID),
        False,
    ),
    "row-key-promoted": (12, PROMOTED_KEY, False),
    "row-key-promoted-and-changed-often": (80, OFTEN_CHANGED_KEY, False),
    **IDENTITY_STATES,
    **ERASURE_STATES,
    **BACKUP_STATES,
    **REBUILD_STATES,
    **DRILL_STATES,
    **SCREAM_STATES,
    "row-key-store": (
        2,
        KeyStore(
            ACCOUNT, KEY_STORE, "name", "EXTERNAL_KEY_STORE", 5, b"w", "FAILED", "XKS_PROXY_TIMED_OUT", None, None,
            "https://proxy.example.com", "/kms/xks/v1", "ABCDE12345670EXAMPLE", "PUBLIC_ENDPOINT", None, None
        ),
        False,
    ),
    "row-peer": (1, Peer("eu-west-1", b"card", 5), True),
    "row-node": (1, Node("node-2", b"card", "127.0.0.1:8152", 5, b"token-id"), False),
    "row-node-away": (3, Node("node-2", b"card", "127.0.0.1:8152", 5, b"token-id", away=True, absences=1), False),
    "row-node-removed": (2, Node("node-2", b"card", "127.0.0.1:8152", 5, removed=True), False),
    "row-deleted": (4, None, False),
}  # fmt: skip


def partition_head() -> PartitionHead:
    head = PartitionHead()
    head.head, head.shared, head.oldest = Head(12, b"\x12" * 32), Head(3, b"\x03" * 32), 2
    head.chains = {"node-1": Chain(4, 8, b"\x08" * 32, Head(11, b"\x11" * 32))}
    head.adopted = {"eu-west-1": Head(9, b"\x09" * 32)}
    for time in (1_700_000_000_000, 1_700_000_000_005, 1_700_000_000_001):
        head.note_time(time)
    return head


PULSE = Pulse(
    1,
    PEER,
    1_700_000_000_040,
    (Head(7, b"\x07" * 32), Head(0, bytes(32))),
    {HOME: (Head(3, b"\x03" * 32), Head(2, b"\x02" * 32))},
)
RECEIPT = Receipt(
    1,
    HOME,
    0,
    12,
    3,
    b"\x03" * 32,
    1_700_000_000_000,
    1_700_000_000_050,
    (Statement(PEER, 40, encode_pulse(PULSE, IDENTITIES[PEER].sign)),),
)
CHECKPOINT = Checkpoint(1, HOME, "node-1", 1_700_000_000_060, (Head(9, b"\x09" * 32), Head(0, bytes(32))))
COSIGNATURE = Cosignature(1, PEER, HOME, 1_700_000_000_070, (encode_checkpoint(CHECKPOINT, IDENTITIES[HOME].sign),))


ROWS_OF_EARLIER_STATES = ("row-key", "row-key-of-a-service", "row-key-with-all", "row-key-with-things-in-common")
"""Read still, and written otherwise since version 7 of the state."""


def written_name(row: str) -> str:
    return f"{row}-in-short" if row in ROWS_OF_EARLIER_STATES else row


def released() -> dict[str, bytes]:
    """Every form as this version writes it, by the name of its file."""
    forms = {name: encode_events([event]) for name, event in EVENTS.items()}
    forms |= {name: encode_envelope(envelope) for name, envelope in ENVELOPES.items()}
    forms |= {written_name(name): encode_row(*row) for name, row in STATES.items()}
    forms["record-local"] = authenticate(forms["envelope-change"], RECORD_KEY)
    forms["record-shared"] = signed(_SHARED)
    forms["head"] = partition_head().encode()
    forms["pulse"] = encode_pulse(PULSE, IDENTITIES[PEER].sign)
    forms["receipt"] = encode_receipt(RECEIPT, IDENTITIES[HOME].sign).encode()
    forms["checkpoint"] = encode_checkpoint(CHECKPOINT, IDENTITIES[HOME].sign)
    forms["cosignature"] = encode_cosignature(COSIGNATURE, IDENTITIES[PEER].sign)
    return forms


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, content in released().items():
        path = FOLDER / f"{name}.hex"
        if not path.exists():
            path.write_text(content.hex() + "\n")


if __name__ == "__main__":
    main()
