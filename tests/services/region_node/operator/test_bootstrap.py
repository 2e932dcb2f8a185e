"""The first administrator: made, or the reason why not in one line."""

import pytest

from services.cli.faults import fault_line
from services.region_node.operator.bootstrap import NoAdministrator, create_administrator
from shared.errors import InternalFailure
from tests.services.region_node.running_replicator import REGIONS, regions

HOME = REGIONS[0]


async def test_an_administrator_has_an_account_and_a_secret() -> None:
    async with regions(HOME) as region:
        region[HOME].start()
        await region[HOME].ready()
        made = await create_administrator(region[HOME].settings, None)
        assert (len(made.account), made.access_key_id[:4], len(made.secret.reveal())) == (12, "AKIA", 40)
        assert made.former == ()


async def test_what_hinders_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    async with regions(HOME) as region:
        region[HOME].start()
        await region[HOME].ready()

        async def refuses(_stand_by: str | None) -> None:
            raise InternalFailure("the change was not applied: unavailable, the disk is full")

        monkeypatch.setattr(region[HOME].replicator._administration, "create_administrator", refuses)
        with pytest.raises(NoAdministrator, match="the disk is full") as refused:
            await create_administrator(region[HOME].settings, None)
        assert fault_line(refused.value) == str(refused.value)


async def test_a_replicator_that_is_not_there_is_named() -> None:
    async with regions(HOME) as region:
        with pytest.raises(NoAdministrator, match=HOME):
            await create_administrator(region[HOME].settings, None)
