"""A turned region gives other bytes under the id of a material: they are refused, and another region is asked."""

import asyncio
from functools import partial

import pytest

from shared.secrets import Secret
from tests.services.region_node.erasing_regions import ErasingRegion, erasing_regions, start
from tests.services.region_node.running_replicator import REGIONS, eventually

HOME, PEER, THIRD = REGIONS
WRONG = Secret(b"w" * 32)


def turn(turned: ErasingRegion) -> None:
    """From now on it seals a material of its own to whoever is to get one."""
    honest = turned.vault.seal_secret

    def lying(region: str, binding: str, secret: Secret) -> bytes:
        return honest(region, binding, WRONG if binding.startswith("material/") else secret)

    turned.vault.seal_secret = lying  # type: ignore[method-assign]


async def test_wrong_material_is_refused_by_name_and_got_from_another_region(caplog: pytest.LogCaptureFixture) -> None:
    async with erasing_regions(*REGIONS) as region:
        await start(*region.values())
        home, peer, third = (region[name] for name in REGIONS)
        key_id = await home.create_key()
        assert (await home.replicate(key_id, THIRD)).verdict == "applied"
        await eventually(partial(third.opened, key_id))
        turn(home)
        assert (await home.replicate(key_id, PEER)).verdict == "applied"
        await eventually(lambda: peer.told["counters"] == {"alarms_rejected": 1})
        named = [getattr(record, "reason", "") for record in caplog.records if record.message == "alarm"]
        assert any(reason.startswith(f"{HOME} has handed over material/") for reason in named)
        assert peer.opened(key_id) is None, "nothing is encrypted under what nobody else has"
        async with asyncio.timeout(40):
            while peer.opened(key_id) is None:
                await asyncio.sleep(0.1)
                await peer.round()
                await third.round()
                await home.round()
        assert peer.opened(key_id) == third.opened(key_id) == home.opened(key_id) != WRONG
        assert third.told["counters"] == {}
        assert await peer.checked() == ()
