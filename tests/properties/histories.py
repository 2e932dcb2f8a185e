"""Histories of a partition for properties: nodes that open, write and adopt, under conditions that may not hold."""

from collections.abc import Callable, Mapping

from hypothesis import strategies as st

from shared import events as e
from shared.grants.events import GrantRevoked
from tests.replication.written_log import (
    ACCOUNT,
    HOME,
    NODE,
    OTHER_NODE,
    PEER,
    THIRD,
    SharedLog,
    WrittenLog,
    created,
    described,
    granted,
    key_id,
    shared_form,
    stream,
)

NODES = (NODE, OTHER_NODE)
KINDS = ("create", "describe", "alias", "grant", "revoke", "share", "adopt", "adopt early", "open", "later")
NUMBERS = st.integers(1, 3)


@st.composite
def written_logs(draw: st.DrawFn, most: int = 25) -> WrittenLog:
    """A log as honest nodes and mirrors write it."""
    log, peers = WrittenLog(), {region: SharedLog(region) for region in (PEER, THIRD)}
    for node in NODES:
        log.open(node)
    for _ in range(draw(st.integers(0, most))):
        _step(draw, log, peers)
    return log


def _step(draw: st.DrawFn, log: WrittenLog, peers: dict[str, SharedLog]) -> None:
    node, number = draw(st.sampled_from(NODES)), draw(NUMBERS)
    kind = draw(st.sampled_from(KINDS))
    if kind == "open":
        log.open(node)
    elif kind.startswith("adopt"):
        peer = peers[draw(st.sampled_from((PEER, THIRD)))]
        record = peer.share(shared_form(number, HOME), adopted=draw(_heads))
        if kind == "adopt":
            log.adopt(record, {f"{number:064x}": b"wrapped"}, node)
        else:
            log.adopt(peer.share(shared_form(number)), node=node)
    else:
        expected = draw(st.dictionaries(NUMBERS.map(stream), st.integers(0, 4), max_size=2))
        log.write(
            *_EVENTS[kind](number),
            node=node,
            expected=expected,
            shared=[shared_form(number, PEER)] if kind == "share" else None,
            command_id=draw(st.sampled_from((b"one", b"two", b"three", None))),
            time=log.time + draw(st.integers(-(10**6), 10**6)),
            least_reader=2 if kind == "later" else 1,
            answer=draw(st.sampled_from(("", kind))),
        )


_heads = st.dictionaries(st.sampled_from((PEER, THIRD, HOME)), st.integers(0, 3), max_size=2)
_EVENTS: Mapping[str, Callable[[int], tuple[e.Event, ...]]] = {
    "create": lambda number: (created(number),),
    "describe": lambda number: (described(number, f"text {number}"),),
    "alias": lambda number: (e.AliasCreated(ACCOUNT, f"alias/{number % 2}", key_id(number)),),
    "grant": lambda number: (granted(number, retiring=f"arn:aws:iam::{ACCOUNT}:user/{number % 2}"),),
    "revoke": lambda number: (GrantRevoked(ACCOUNT, key_id(number), f"{number:064x}"),),
    "share": lambda number: (created(number), e.KeyTagged(ACCOUNT, key_id(number), (("a", "b"),))),
    "later": lambda number: (described(number, "later"),),
}
