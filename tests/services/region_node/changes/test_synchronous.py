"""A change that a key, its account or the region lets wait is answered only once other regions have adopted it."""

import base64
from typing import Any

import orjson
import pytest

from services.region_node.changes.settings import SynchronousSettings
from services.region_node.receipts.position_header import POSITION_HEADER
from services.region_node.requests.arrived import Answered
from services.strict_settings import SettingsError
from shared.events import KeyReplicated
from shared.identity.account_events import AccountSynchronousSet
from shared.keys.synchronous import Synchronous
from tests.replication.written_log import ACCOUNT, HOME, PEER, THIRD
from tests.services.region_node.serving_region import ACCESS_KEY_ID, ServingRegion, read
from tests.services.region_node.wire.signed_requests import sign
from tests.wrapping_client import wrap

ONE, TWO = Synchronous(1), Synchronous(2)
TAGS = [{"TagKey": "keytide:synchronous", "TagValue": "1"}]


class Waiting(ServingRegion):
    """A region of three, whose changes lack what `lacking` says."""

    def __init__(self) -> None:
        super().__init__()
        self.lacking: tuple[str, ...] = ()
        self.waited: list[tuple[int, Synchronous]] = []
        self.held: list[int] = []
        self.adoption = self._adopted
        self.vault.peer_regions = lambda: frozenset((PEER, THIRD))  # type: ignore[method-assign]
        self.vault.seal_material = lambda *_: b"sealed"  # type: ignore[method-assign]

    async def _adopted(self, _partition: int, number: int, demand: Synchronous, _seconds: float) -> tuple[str, ...]:
        self.waited.append((number, demand))
        self.held.append(self.store.held)
        return self.lacking

    async def target(self, operation: str, invocation: str = "", **parameters: object) -> Answered:
        headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"TrentService.{operation}"}
        if invocation:
            headers["amz-sdk-invocation-id"] = invocation
        body = orjson.dumps(parameters)
        return await self.send(sign(body, headers=headers, region=HOME, access_key_id=ACCESS_KEY_ID))

    async def key(self, **parameters: object) -> str:
        _, body = await self.ask("CreateKey", **parameters)
        self.waited.clear()
        return str(body["KeyMetadata"]["KeyId"])

    @property
    def demands(self) -> list[Synchronous]:
        return [demand for _, demand in self.waited]


async def test_only_shared_changes_of_what_asks_for_it_wait() -> None:
    region = Waiting()
    await region.ask("CreateKey", MultiRegion=True)
    await region.ask("CreateKey")
    assert region.waited == []
    await region.ask("CreateKey", MultiRegion=True, Tags=TAGS)
    assert (region.waited, region.held) == ([(2, ONE)], [0])


async def changes(region: Waiting, key_id: str) -> dict[str, dict[str, object]]:
    """A change of each kind that the key's regions have in common, in an order that lets each take effect."""
    _, grant = await region.ask("CreateGrant", **grant_on(key_id))
    _, other = await region.ask("CreateGrant", **grant_on(key_id, "other"))
    await region.ask("CreateAlias", AliasName="alias/elsewhere", TargetKeyId=await region.key())
    brought = await importing(region)
    region.waited.clear()
    policy = orjson.loads((await region.ask("GetKeyPolicy", KeyId=key_id))[1]["Policy"])
    return {
        "PutKeyPolicy": {"KeyId": key_id, "Policy": orjson.dumps(policy | {"Id": "another"}).decode()},
        "CreateAlias": {"AliasName": "alias/a", "TargetKeyId": key_id},
        "DeleteAlias": {"AliasName": "alias/a"},
        "CreateGrant": grant_on(key_id, "third"),
        "RevokeGrant": {"KeyId": key_id, "GrantId": grant["GrantId"]},
        "RetireGrant": {"GrantToken": other["GrantToken"]},
        "UpdateAlias": {"AliasName": "alias/elsewhere", "TargetKeyId": key_id},
        "TagResource": {"KeyId": key_id, "Tags": [{"TagKey": "new", "TagValue": "1"}]},
        "UntagResource": {"KeyId": key_id, "TagKeys": ["old"]},
        "ImportKeyMaterial": brought,
        "EnableKeyRotation": {"KeyId": key_id},
        "DisableKeyRotation": {"KeyId": key_id},
        "ReplicateKey": {"KeyId": key_id, "ReplicaRegion": THIRD},
        "RotateKeyOnDemand": {"KeyId": key_id},
        "UpdatePrimaryRegion": {"KeyId": key_id, "PrimaryRegion": PEER},
    }


def grant_on(key_id: str, name: str = "one") -> dict[str, object]:
    somebody = f"arn:aws:iam::{ACCOUNT}:root"
    return {"KeyId": key_id, "GranteePrincipal": somebody, "Operations": ["Decrypt"], "Name": name}


async def importing(region: Waiting) -> dict[str, object]:
    """The import of a key's first material, of which the other regions hear."""
    key_id = await region.key(MultiRegion=True, Origin="EXTERNAL", Tags=TAGS)
    algorithm = {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}
    _, got = await region.ask("GetParametersForImport", KeyId=key_id, **algorithm)
    wrapped = wrap(algorithm["WrappingAlgorithm"], base64.b64decode(got["PublicKey"]), bytes(range(32)))
    return {
        "KeyId": key_id,
        "ImportToken": got["ImportToken"],
        "EncryptedKeyMaterial": base64.b64encode(wrapped).decode(),
        "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE",
    }


async def replicated(region: Waiting) -> str:
    tags = [*TAGS, {"TagKey": "keytide:replicate", "TagValue": "policy grants aliases tags"}]
    tags.append({"TagKey": "old", "TagValue": "1"})
    key_id = await region.key(MultiRegion=True, Tags=tags)
    kind = ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "AWS_KMS", ())
    region.write(KeyReplicated(ACCOUNT, key_id, *kind, HOME, (PEER,), PEER))
    return key_id


OPERATIONS = ("PutKeyPolicy", "CreateAlias", "DeleteAlias", "CreateGrant", "RevokeGrant", "RetireGrant", "UpdateAlias",
              "TagResource", "UntagResource", "ImportKeyMaterial", "EnableKeyRotation", "DisableKeyRotation",
              "ReplicateKey", "RotateKeyOnDemand", "UpdatePrimaryRegion")  # fmt: skip

FIRST = {"DeleteAlias": "CreateAlias", "DisableKeyRotation": "EnableKeyRotation"}
"""What has to be there before it can be taken away."""


async def test_every_operation_that_changes_what_the_regions_share_waits() -> None:
    region = Waiting()
    asked = await changes(region, await replicated(region))
    for operation in OPERATIONS:
        status, body = await region.ask(operation, **asked[operation])
        assert (status, region.demands) == (200, [ONE]), (operation, body)
        region.waited.clear()


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_a_retry_changes_nothing_again_and_waits_on(operation: str) -> None:
    region = Waiting()
    asked = await changes(region, await replicated(region))
    if (first := FIRST.get(operation)) is not None:
        await region.ask(first, **asked[first])
        region.waited.clear()
    region.lacking = (PEER,)
    status, body = read(await region.target(operation, "one call", **asked[operation]))
    assert (status, body["__type"]) == (500, "DependencyTimeoutException")
    records, region.lacking = len(region.submitted), ()
    status, _ = read(await region.target(operation, "one call", **asked[operation]))
    assert (status, len(region.submitted), region.demands) == (200, records, [ONE, ONE])


async def test_a_key_is_made_once_however_often_its_first_answer_is_too_late() -> None:
    region = Waiting()
    region.lacking = ("1 of the other regions",)
    refused = await region.target("CreateKey", "one call", MultiRegion=True, Tags=TAGS)
    status, body = read(refused)
    assert (status, body["__type"]) == (500, "DependencyTimeoutException")
    assert "durable in us-east-1" in body["message"]
    assert "1 of the other regions" in body["message"]
    headers = dict(refused.headers)
    assert headers[POSITION_HEADER].startswith(b"us-east-1/0/")
    assert b"changes nothing again and waits on" in headers[b"x-keytide-remedy"]
    region.lacking = ()
    made = [read(await region.target("CreateKey", "one call", MultiRegion=True, Tags=TAGS)) for _ in range(2)]
    assert [status for status, _ in made] == [200, 200]
    _, listed = await region.ask("ListKeys")
    assert [key["KeyId"] for key in listed["Keys"]] == [made[0][1]["KeyMetadata"]["KeyId"]]
    assert made[0][1]["KeyMetadata"]["KeyId"] == made[1][1]["KeyMetadata"]["KeyId"]


async def test_an_account_lets_all_its_shared_changes_wait() -> None:
    region = Waiting()
    region.write(AccountSynchronousSet(ACCOUNT, 2))
    key_id = await region.key(MultiRegion=True)
    await region.ask("EnableKeyRotation", KeyId=key_id)
    await region.ask("DisableKey", KeyId=key_id)
    assert region.demands == [TWO]
    region.write(AccountSynchronousSet(ACCOUNT, 0))
    await region.ask("CreateKey", MultiRegion=True)
    assert region.demands == [TWO]


async def test_a_change_of_iam_waits_where_its_account_asks_for_it() -> None:
    region = Waiting()
    region.write(AccountSynchronousSet(ACCOUNT, 2))
    region.lacking = (THIRD,)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "amz-sdk-invocation-id": "one call"}
    body = b"Action=CreateUser&Version=2010-05-08&UserName=bob"
    sent = sign(body, headers=headers, service="iam", region="us-gov-1", access_key_id=ACCESS_KEY_ID)
    refused = await region.send(sent)
    assert (refused.status, b"durable in us-east-1" in refused.body) == (500, True)
    region.lacking = ()
    assert (await region.send(sent)).status == 200
    assert (region.demands, len(region.submitted)) == ([TWO, TWO], 1)


async def test_of_the_key_s_the_account_s_and_the_region_s_demand_all_count() -> None:
    region = Waiting()
    region.pipeline._region.changing._always = Synchronous(0, frozenset((THIRD,)))
    region.write(AccountSynchronousSet(ACCOUNT, 2))
    await region.ask("CreateKey", MultiRegion=True, Tags=TAGS)
    assert region.demands == [Synchronous(2, frozenset((THIRD,)))]


async def test_a_demand_that_is_lifted_holds_nobody_up() -> None:
    region = Waiting()
    key_id = await replicated(region)
    region.lacking = (PEER, THIRD)
    assert (await region.ask("UntagResource", KeyId=key_id, TagKeys=["keytide:synchronous"]))[0] == 200
    assert region.waited == []


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"regions": -1}, "synchronous.regions: must be between 0 and 99"),
        ({"regions": 100}, "synchronous.regions: must be between 0 and 99"),
        ({"deadline_milliseconds": 0}, "synchronous.deadline_milliseconds: must be between 1 and 50000"),
        ({"deadline_milliseconds": 60_000}, "synchronous.deadline_milliseconds: must be between 1 and 50000"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings: dict[str, Any], text: str) -> None:
    with pytest.raises(SettingsError, match=text):
        SynchronousSettings(**settings)
