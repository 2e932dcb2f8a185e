"""Where a change stands is told with its answer, and Barrier takes what was told."""

import orjson
import pytest

from replication.records.change_position import ChangePosition, Shared
from replication.records.told_position import ToldPositions
from services.region_node.pulses.barriers import Reached
from services.region_node.receipts.position_header import POSITION_HEADER
from services.region_node.requests.arrived import Answered
from shared.identity.policy_events import PolicyDetached
from tests.replication.written_log import ACCOUNT, HOME
from tests.services.region_node.operations.fake_region import ADMINISTRATOR_ACCESS
from tests.services.region_node.serving_region import ACCESS_KEY_ID, KEYS, ServingRegion, read
from tests.services.region_node.wire.signed_requests import sign

TOLD = ToldPositions(HOME, KEYS.mac_key)
HERE = TOLD.tell(ChangePosition(HOME, 0, 3))
ELSEWHERE = TOLD.tell(ChangePosition("eu-west-1", 0, 3))


class Waiting(ServingRegion):
    """A region whose barriers end as `reached` says."""

    def __init__(self, reached: Reached = Reached("receipt", {"eu-west-1": 12})) -> None:
        super().__init__()
        self.reached = reached
        self.asked: list[tuple[ChangePosition, tuple[str, ...], float, int]] = []
        region = self.pipeline._region
        self.pipeline._region = region._replace(reach=self._reach)

    async def _reach(self, position: ChangePosition, regions: object, seconds: float) -> Reached:
        self.asked.append((position, tuple(regions), seconds, self.store.held))  # type: ignore[arg-type]
        return self.reached

    async def target(self, target: str, **parameters: object) -> Answered:
        headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target}
        return await self.send(
            sign(orjson.dumps(parameters), headers=headers, region=HOME, access_key_id=ACCESS_KEY_ID)
        )

    async def change(self, operation: str, **parameters: object) -> str:
        """The position that the answer tells."""
        return dict((await self.target(f"TrentService.{operation}", **parameters)).headers)[POSITION_HEADER].decode()


async def test_every_change_tells_where_it_stands() -> None:
    region = Waiting()
    shared = TOLD.read(await region.change("CreateKey", MultiRegion=True))
    regional = TOLD.read(await region.change("CreateKey"))
    assert (shared.region, shared.shared is None, regional.shared) == (HOME, False, None)
    assert regional.sequence == shared.sequence + 1


async def test_a_change_that_finds_all_as_it_wants_it_tells_a_place_behind_it() -> None:
    region = Waiting()
    created = await region.target("TrentService.CreateKey", MultiRegion=True)
    key_id = orjson.loads(created.body)["KeyMetadata"]["KeyId"]
    disabled = TOLD.read(await region.change("DisableKey", KeyId=key_id))
    again = TOLD.read(await region.change("DisableKey", KeyId=key_id))
    assert again.sequence == disabled.sequence
    assert again.shared is not None


async def test_what_changes_nothing_tells_no_place() -> None:
    region = Waiting()
    for target, parameters in (("ListKeys", {}), ("CreateAlias", {"AliasName": "alias/a", "TargetKeyId": "none"})):
        answered = await region.target(f"TrentService.{target}", **parameters)
        assert POSITION_HEADER not in dict(answered.headers)


async def test_a_barrier_waits_without_a_snapshot_and_answers_with_the_receipt() -> None:
    region = Waiting()
    position = await region.change("CreateKey", MultiRegion=True)
    status, body = read(await region.target("Keytide.Barrier", Position=position, TimeoutSeconds=3))
    assert status == 200
    regions = [{"Region": "eu-west-1", "DelayMilliseconds": 12}]
    assert body == {"Position": position, "Receipt": "receipt", "Regions": regions}
    assert region.asked == [(TOLD.read(position), (HOME,), 3, 0)]


@pytest.mark.parametrize(
    ("parameters", "code", "text"),
    [
        ({}, "ValidationException", "position"),
        ({"Position": "nowhere"}, "ValidationException", "x-keytide-position"),
        ({"Position": f"{HOME}/0/3"}, "ValidationException", "x-keytide-position"),
        ({"Position": HERE.replace("/0/3/", "/0/2/")}, "ValidationException", "x-keytide-position"),
        ({"Position": HERE[:-1] + "g"}, "ValidationException", "x-keytide-position"),
        ({"Position": ELSEWHERE}, "ValidationException", "ask that region"),
        ({"Position": HERE, "Regions": ["eu-west-1"]}, "ValidationException", "knows no region eu-west-1"),
        ({"Position": HERE, "TimeoutSeconds": 51}, "ValidationException", "timeoutSeconds"),
    ],
)
async def test_a_barrier_that_makes_no_sense_is_refused(parameters: dict[str, object], code: str, text: str) -> None:
    status, body = read(await Waiting().target("Keytide.Barrier", **parameters))
    assert (status, body["__type"]) == (400, code)
    assert text in body["message"]


async def test_a_barrier_that_is_not_reached_names_the_regions_and_may_be_retried() -> None:
    region = Waiting(Reached("", {}, ("ap-southeast-2", "eu-west-1"), "a reason"))
    status, body = read(
        await region.target("Keytide.Barrier", Position=TOLD.tell(ChangePosition(HOME, 0, 3, Shared(1, "0" * 32))))
    )
    assert (status, body["__type"]) == (500, "DependencyTimeoutException")
    assert body["message"] == "Not reached within 10 seconds: ap-southeast-2, eu-west-1 (a reason)."


async def test_a_barrier_needs_a_permission() -> None:
    region = Waiting()
    region.write(PolicyDetached(ACCOUNT, "user/admin", ADMINISTRATOR_ACCESS))
    status, body = read(await region.target("Keytide.Barrier", Position=HERE))
    assert (status, body["__type"]) == (400, "AccessDeniedException")
    assert "keytide:Barrier" in body["Message"]
    assert region.asked == []
