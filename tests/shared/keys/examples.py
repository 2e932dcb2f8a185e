"""Keys and commands that the tests of decisions share."""

from shared.events import MaterialBorn
from shared.keys import decide
from shared.keys.commands import CreateKey, KeyName, RegionalSettings, SettingsLimits
from tests.shared.memory_view import MemoryView

REGION = "us-east-1"
ACCOUNT = "111122223333"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
MULTI_REGION_KEY_ID = "mrk-1234abcd12ab34cd56ef1234567890ab"
NAME = KeyName(REGION, ACCOUNT, KEY_ID)
MULTI_REGION_NAME = KeyName(REGION, ACCOUNT, MULTI_REGION_KEY_ID)
ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{KEY_ID}"
MATERIAL = MaterialBorn("ab" * 32, KEY_ID, 1_700_000_000_000, wrapped=b"wrapped")

SINGLE = CreateKey(
    key=NAME,
    spec="SYMMETRIC_DEFAULT",
    usage=None,
    origin="AWS_KMS",
    multi_region=False,
    material=MATERIAL,
    settings=RegionalSettings(),
    limits=SettingsLimits(),
    caller_arn=ALICE,
    keys_per_account=100_000,
)
MULTI = SINGLE._replace(
    key=MULTI_REGION_NAME, multi_region=True, material=MATERIAL._replace(born_key_id=MULTI_REGION_KEY_ID)
)


def view_with(*commands: CreateKey) -> MemoryView:
    view = MemoryView(REGION)
    for command in commands:
        view.apply(decide.create_key(command, view).events)
    return view
