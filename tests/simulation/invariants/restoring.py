"""Whose disk was put back does nothing until people have settled what is lost, and then has come home."""

from tests.simulation.rest import Rest
from tests.simulation.witnessed_region import everybody
from tests.simulation.world import World


def no_rolled_back_region_serves(world: World) -> None:
    for region in everybody(world.regions):
        assert region.put_back is None or region.author is None, f"{region.name} serves from a disk that was put back"


def everybody_has_come_home(rest: Rest) -> None:
    for region in everybody(rest.regions):
        assert region.homecoming is not None
        assert not region.homecoming.hindrance
        assert region.put_back is None
