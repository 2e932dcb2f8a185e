"""Keys and commands that the tests of decisions share."""

from shared.decision import Decision
from shared.events import MaterialBorn, materials_of
from shared.keys import decide
from shared.keys.commands import CreateKey, KeyName, RegionalSettings, ReplicateKey, SettingsLimits
from shared.keys.decide_replica import replicate_key
from shared.keys.model import Key
from shared.policy.question import Principal, PrincipalKind
from tests.shared.memory_view import MemoryView

REGION = "us-east-1"
ACCOUNT = "111122223333"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
MULTI_REGION_KEY_ID = "mrk-1234abcd12ab34cd56ef1234567890ab"
AUTHOR = Principal(PrincipalKind.USER, ACCOUNT, ALICE)
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
    author=AUTHOR,
    keys_per_account=100_000,
)
MULTI = SINGLE._replace(
    key=MULTI_REGION_NAME, multi_region=True, material=MATERIAL._replace(born_key_id=MULTI_REGION_KEY_ID)
)


IMPORTABLE = SINGLE._replace(origin="EXTERNAL", material=None)
MULTI_IMPORTABLE = MULTI._replace(origin="EXTERNAL", material=None)


def view_with(*commands: CreateKey) -> MemoryView:
    view = MemoryView(REGION)
    for command in commands:
        view.apply(decide.create_key(command, view).events)
    return view


class Family:
    """One multi-region key in three regions, which hear everything at once; the first is the primary's."""

    def __init__(self, command: CreateKey, *replicas: str) -> None:
        self.regions = (REGION, "eu-west-1", "ap-southeast-2")
        self.views = {region: MemoryView(region) for region in self.regions}
        self.key_id = command.key.key_id
        self.do(REGION, decide.create_key(command, self.views[REGION]))
        for replica in replicas:
            self.replicate(replica)

    def name(self, region: str = REGION) -> KeyName:
        return KeyName(region, ACCOUNT, self.key_id)

    def key(self, region: str = REGION) -> Key:
        key = self.views[region].key(ACCOUNT, self.key_id)
        assert key is not None
        return key

    def do(self, region: str, decision: Decision) -> None:
        """What is sealed to a region arrives there wrapped, as the same bytes."""
        self.views[region].apply(decision.events)
        for other in set(self.regions) - {region}:
            for event in decision.shared_events:
                sealed = {m.material_id: (m.sealed or {}).get(other) for m in materials_of(event)}
                arrived = {material_id: secret for material_id, secret in sealed.items() if secret is not None}
                self.views[other].apply([event], region, arrived)

    def replicate(self, region: str) -> None:
        command = ReplicateKey(
            self.name(), region, frozenset(self.regions[1:]), RegionalSettings(), SettingsLimits(), AUTHOR
        )
        sealed = {m.material_id: {region: m.wrapped or b""} for m in self.key().materials}
        self.do(REGION, replicate_key(command, self.views[REGION], sealed))
