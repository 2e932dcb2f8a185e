"""A region that has turned changes only what is its own, whatever it signs."""

from replication.fold.judge import Verdict
from shared.keys.model import Key
from tests.simulation.rest import Rest
from tests.simulation.turned import LIAR, LIE


def no_lie_takes_effect(rest: Rest) -> None:
    """Material that it made for a key that it never led is never current; no rotation is switched on, and no key goes.

    A key that is handed to it is its own from then on, also for what it had said in advance.
    """
    for name, keys in rest.keys.items():
        for key in filter(_was_never_the_liars, keys.values()):
            assert not key.has_current_material or key.current_material.material_id != LIE, (name, key.key_id)
            assert key.rotation is None, (name, key.key_id)


def _was_never_the_liars(key: Key) -> bool:
    return LIAR not in {key.primary_region, *(region for _, region, _ in key.chain)}


def no_lie_stops_anybody(rest: Rest) -> None:
    """It is numbered and passed over: nothing of an honest region freezes."""
    for name, history in rest.histories.items():
        assert Verdict.FROZEN not in {verdict for verdict, _ in history.numbered}, name
