"""A node ends at any step of an advance that it has begun for its region: another one goes on from there."""

from contextlib import suppress

import pytest

from replication.writing.draft import Answer, Draft
from services.region_node.erasure.domain_care import DomainCare
from services.region_node.erasure.epoch_opening import EpochOpening
from services.region_node.erasure.fresh_keys import FreshKeys
from services.region_node.keys.key_files import open_region_keys
from services.region_node.keys.vault import RegionVault
from services.region_node.nodes.key_copies import Copies
from shared.secrets import Secret
from tests.services.region_node.erasing_regions import AT_ONCE
from tests.services.region_node.erasure.test_domain_care import STEPS, Crashed, Crashing, CrashingCabinet
from tests.services.region_node.erasure.test_erasure import binding_of, secret_of
from tests.services.region_node.nodes.erasing_nodes import ErasingNode, erasing_nodes
from tests.services.region_node.nodes.own_copy import OwnCopy
from tests.services.region_node.nodes.test_erasing_nodes import key_in, same_keys
from tests.services.region_node.running_replicator import ACCOUNT, PARTITIONS, eventually


class CrashingCopies(OwnCopy):
    """Those of a running node."""

    def __init__(self, copies: Copies, crashing: Crashing) -> None:
        super().__init__("node-1")
        self._copies, self._crashing = copies, crashing
        self.nodes = copies.nodes  # type: ignore[method-assign]

    async def stand(self, name: str, key: Secret) -> frozenset[str]:
        with self._crashing.step():
            return await self._copies.stand(name, key)


def care_of(node: ErasingNode, crashing: Crashing) -> DomainCare:
    """As a process of its own would make it, beside the running one."""

    async def submit(draft: Draft) -> Answer:
        with crashing.step():
            return await node.submit(draft)

    keys = open_region_keys(node.settings.keys_directory, node.name, node.root)
    vault = RegionVault(keys, PARTITIONS, dict)
    keys = keys._replace(cabinet=CrashingCabinet(keys.cabinet, crashing))
    place = node.replicator._own_work.erasure._domains._place._replace(submit=submit)
    nodes = node.replicator._nodes
    opening = EpochOpening(place, None, FreshKeys(keys, nodes.known_keys), CrashingCopies(nodes.copies, crashing))
    return DomainCare(place, AT_ONCE, keys, vault, opening)


@pytest.mark.timeout(180)
async def test_another_node_goes_on_where_one_has_ended_and_nothing_that_lives_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with erasing_nodes(monkeypatch) as nodes:
        one, other = nodes
        living = await one.create_key()
        bucket, secret = one.vault.bucket(ACCOUNT, binding_of(one, living)), secret_of(one, living)
        ended = 0
        for at in range(1, STEPS + 2):
            await one.end(await key_in(one, bucket))
            crashing = Crashing(at, before=True)
            with suppress(Crashed):
                for _ in range(2):
                    await care_of(one, crashing).run()
            ended += crashing.crashed
            epoch = other.domain(bucket).epoch
            await eventually(lambda: secret_of(other, living) == secret == secret_of(one, living))
            await other.advance()
            assert other.domain(bucket).epoch >= epoch
            assert other.told_in_the_way() == set()
            await eventually(lambda: same_keys(nodes) and secret_of(other, living) == secret)
        assert ended >= STEPS - 2, "the running node itself may have given a key its place before"
