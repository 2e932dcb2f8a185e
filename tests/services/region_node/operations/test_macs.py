"""GenerateMac, VerifyMac."""

import hmac
from typing import Any

import pytest

from shared.errors import InvalidMac
from tests.services.region_node.operations.fake_region import FakeRegion, arn
from tests.services.region_node.operations.uses import MESSAGE, encoded

BITS = (224, 256, 384, 512)


async def mac_key(region: FakeRegion, bits: int = 256) -> dict[str, Any]:
    """What both operations ask for with a new key, but for the message."""
    key_id = await region.create_key(KeySpec=f"HMAC_{bits}", KeyUsage="GENERATE_VERIFY_MAC")
    return {"KeyId": key_id, "MacAlgorithm": f"HMAC_SHA_{bits}"}


@pytest.mark.parametrize("bits", BITS)
async def test_codes_are_those_of_the_key(region: FakeRegion, bits: int) -> None:
    asked = {**await mac_key(region, bits), "Message": encoded(MESSAGE)}
    made = await region.ask("GenerateMac", **asked)
    code = hmac.digest(region.secret(asked["KeyId"]), MESSAGE, f"sha{bits}")
    algorithm = asked["MacAlgorithm"]
    assert made == (code, algorithm, arn(asked["KeyId"]))
    assert await region.ask("VerifyMac", **asked, Mac=encoded(code)) == (arn(asked["KeyId"]), True, algorithm)


@pytest.mark.parametrize("dry_run", [False, True])
async def test_a_code_that_is_not_of_this_key_and_message(region: FakeRegion, dry_run: bool) -> None:
    asked, other = await mac_key(region), await mac_key(region)
    code = (await region.ask("GenerateMac", **asked, Message=encoded(MESSAGE))).mac
    for wrong in (
        {**asked, "Message": encoded(b"retreat"), "Mac": encoded(code)},
        {**other, "Message": encoded(MESSAGE), "Mac": encoded(code)},
        {**asked, "Message": encoded(MESSAGE), "Mac": encoded(code[:-1])},
    ):
        with pytest.raises(InvalidMac) as refusal:
            await region.ask("VerifyMac", **wrong, DryRun=dry_run)
        assert refusal.value.message == ""
