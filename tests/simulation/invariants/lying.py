"""A region that has turned changes only what is its own, whatever it signs."""

from replication.judge import Verdict
from tests.simulation.rest import Rest
from tests.simulation.turned import LIE


def no_lie_takes_effect(rest: Rest) -> None:
    """Material that it made while it led nothing is never current; no rotation is switched on, and no key goes."""
    for name, keys in rest.keys.items():
        for key in keys.values():
            assert not key.has_current_material or key.current_material.material_id != LIE, (name, key.key_id)
            assert key.rotation is None, (name, key.key_id)


def no_lie_stops_anybody(rest: Rest) -> None:
    """It is numbered and passed over: nothing of an honest region freezes."""
    for name, history in rest.histories.items():
        assert Verdict.FROZEN not in {verdict for verdict, _ in history.numbered}, name
