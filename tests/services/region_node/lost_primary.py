"""A key whose primary goes on where nobody hears it, and a replica that is promoted over it, over real feeds."""

from services.region_node.changes.fresh_material import fresh_material
from services.region_node.operator.questions import Verb, ask
from services.region_node.overtaken.change import OvertakenChange
from shared.decision import Decision, StateView
from shared.keys.commands import KeyName, RotateKeyOnDemand, UpdatePrimaryRegion
from shared.keys.decide_primary import update_primary_region
from shared.keys.decide_rotation import rotatable, rotate_on_demand
from shared.keys.model import Key
from tests.services.region_node.running_replicator import ACCOUNT, NOW, RunningRegion, eventually


async def family(primary: RunningRegion, replica: RunningRegion, *others: RunningRegion) -> str:
    """A key that one of the other regions has got already. All of them run. Its id."""
    for region in (primary, replica, *others):
        region.start()
    for region in (primary, replica, *others):
        await region.ready()
    await primary.replicator._administration.accounts.create(ACCOUNT, "Team")
    key_id = await primary.create_key()
    await applied_replica(primary, key_id, replica)
    return key_id


async def applied_replica(primary: RunningRegion, key_id: str, replica: RunningRegion) -> None:
    assert (await primary.replicate(key_id, replica.name)).verdict == "applied"
    await eventually(lambda: replica.opened(key_id))


async def rotate(region: RunningRegion, key_id: str) -> str:
    """The id of the new material."""
    command = RotateKeyOnDemand(KeyName(region.name, ACCOUNT, key_id), NOW)

    def decide(view: StateView) -> Decision:
        key = rotatable(command, view)
        return rotate_on_demand(command, view, fresh_material(region.vault, key, NOW + 1))

    assert (await region.change(decide)).verdict == "applied"
    return held(region, key_id).materials[-1].material_id


async def hand_over(region: RunningRegion, key_id: str, to: RunningRegion) -> None:
    command = UpdatePrimaryRegion(KeyName(region.name, ACCOUNT, key_id), to.name)
    assert (await region.change(lambda view: update_primary_region(command, view))).verdict == "applied"


async def promote(region: RunningRegion, key_id: str) -> None:
    asked = {"even_though_it_answers": True, "without_the_tail": True, "wait_seconds": 1}
    await ask(region.settings, Verb.PROMOTE, account=ACCOUNT, key_id=key_id, **asked)
    assert held(region, key_id).primary_region == region.name


def open_changes(region: RunningRegion) -> list[OvertakenChange]:
    """What `region` lists of keys."""
    return region.replicator._own_work.promoting._overtaken.found()


async def the_only_change(region: RunningRegion) -> OvertakenChange:
    await eventually(lambda: open_changes(region))
    (change,) = open_changes(region)
    return change


async def do_again(region: RunningRegion, change: OvertakenChange) -> str:
    """The id of its key."""
    return str(await ask(region.settings, Verb.DO_OVERTAKEN_AGAIN, change=change.name))


def held(region: RunningRegion, key_id: str) -> Key:
    key = region.key(key_id)
    assert key is not None
    return key


def no_alarms(*running: RunningRegion) -> bool:
    return all(region.told["counters"] == {} for region in running)
