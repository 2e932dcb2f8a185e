"""The fold of a node's events."""

from collections.abc import Callable, Mapping
from typing import Any

from shared.fold import BrokenHistory, Fold
from shared.nodes.events import NodeAdmitted, NodeMissed, NodeMoved, NodeRemoved, NodeReturned
from shared.nodes.model import Node


def _admitted(_state: object, event: NodeAdmitted, fold: Fold) -> Node:
    return Node(event.node, event.card, event.address, fold.time, event.token_id)


def _moved(state: object, event: NodeMoved, _fold: Fold) -> Node:
    return _node(state)._replace(address=event.address)


def _removed(state: object, _event: NodeRemoved, _fold: Fold) -> Node:
    return _node(state)._replace(removed=True)


def _missed(state: object, _event: NodeMissed, _fold: Fold) -> Node:
    node = _node(state)
    return node._replace(away=True, absences=node.absences + 1)


def _returned(state: object, _event: NodeReturned, _fold: Fold) -> Node:
    return _node(state)._replace(away=False)


def _node(state: object) -> Node:
    if not isinstance(state, Node):
        raise BrokenHistory(f"expected a node, found {type(state).__name__}")
    return state


NODE_FOLDS: Mapping[type[Any], Callable[[Any, Any, Fold], Node]] = {
    NodeAdmitted: _admitted,
    NodeMoved: _moved,
    NodeRemoved: _removed,
    NodeMissed: _missed,
    NodeReturned: _returned,
}
