"""One value of every released form that promotion brought."""

from collections.abc import Mapping

from shared import events as e
from shared.keys.model import Key, KeyMaterial, Rotation, RotationUnderWay, SharedChange
from shared.keys.whole import encode_whole

ACCOUNT = "111122223333"
KEY_ID = "mrk-1234abcd12ab34cd56ef1234567890ab"
MATERIALS = (
    KeyMaterial("cd" * 32, KEY_ID, 6, None, overtaken=True, given_to=("eu-west-1", "us-east-1")),
    KeyMaterial("ab" * 32, KEY_ID, 5, b"wrapped"),
    KeyMaterial("ef" * 32, KEY_ID, 7, b"wrapped", 8, "ON_DEMAND"),
)
CHANGE = SharedChange("us-east-1", 7, 0, 6, b"\x90", (), (1, "eu-west-1", 9), "arn:aws:iam::111122223333:user/a")
KEY = Key(
    ACCOUNT,
    KEY_ID,
    "SYMMETRIC_DEFAULT",
    "ENCRYPT_DECRYPT",
    "AWS_KMS",
    5,
    MATERIALS,
    "Enabled",
    "",
    "{}",
    (("keytide:replicate", "policy tags aliases"), ("team", "a")),
    "eu-west-1",
    ("ap-southeast-2", "us-east-1"),
    1,
    rotation=Rotation(90, 9),
    aliases=(("alias/a", 5),),
    chain=((0, "us-east-1", 6),),
    history=(CHANGE, CHANGE._replace(number=8, epoch=1, origin="eu-west-1", claims=(1, "eu-west-1"), settled=())),
)
OFTEN_CHANGED_KEY = KEY._replace(history=(CHANGE._replace(number=70, events=b"", settled=(), since=8), *KEY.history))
WHOLE = encode_whole(KEY, ("ap-southeast-2", "eu-west-1", "us-east-1"))
_BEGUN = KEY._replace(
    materials=(MATERIALS[1], MATERIALS[2]._replace(rotated_at=None, rotation_type=None, pending=True)),
    under_way=RotationUnderWay("ef" * 32, "AUTOMATIC", 8, "us-east-1"),
)
BEGUN = encode_whole(_BEGUN, ("eu-west-1", "us-east-1"))

PROMOTION_EVENTS: Mapping[str, e.Event] = {
    "event-120-key-promoted": e.KeyPromoted(
        ACCOUNT, KEY_ID, "ap-southeast-2", 2, "eu-west-1", 12, bytes(range(32)), WHOLE, ("us-east-1",)
    ),
    "event-120-key-promoted-all-heard": e.KeyPromoted(
        ACCOUNT, KEY_ID, "ap-southeast-2", 2, "eu-west-1", 0, bytes(32), WHOLE
    ),
    "event-120-key-promoted-with-a-rotation-under-way": e.KeyPromoted(
        ACCOUNT, KEY_ID, "ap-southeast-2", 2, "eu-west-1", 12, bytes(range(32)), BEGUN
    ),
    "event-121-key-material-given": e.KeyMaterialGiven(
        ACCOUNT,
        KEY_ID,
        (e.MaterialBorn("cd" * 32, KEY_ID, 6, None, {"ap-southeast-2": b"sealed"}),),
        ("ap-southeast-2",),
    ),
    "event-122-overtaken-done-again": e.OvertakenSettled(ACCOUNT, KEY_ID, "us-east-1", 7, done_again=True),
    "event-122-overtaken-dropped-with-earlier-ones": e.OvertakenSettled(ACCOUNT, KEY_ID, "us-east-1", 70, since=8),
    "event-122-overtaken-dropped": e.OvertakenSettled(ACCOUNT, KEY_ID, "us-east-1", 7),
    "event-17-primary-region-updated-with-all": e.PrimaryRegionUpdated(ACCOUNT, KEY_ID, "us-east-1", 2, WHOLE),
}
