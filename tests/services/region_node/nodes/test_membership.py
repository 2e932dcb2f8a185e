"""Who belongs to a region, and when a node may believe that it is alone."""

from dataclasses import replace
from pathlib import Path

import pytest

from replication.state.memory_store import MemoryStore
from services.region_node.nodes.membership import CLOCKS_APART_MOST, Members, Membership, Standing
from services.region_node.settings.settings import Address, NodeSettings
from shared.nodes.model import Node

NOW = 1_700_000_000_000
OWN, OTHER = Node("node-1", b"", "", 0), Node("node-2", b"", "", 0, b"token")
GONE = OTHER._replace(removed=True)


def members(*partitions: tuple[Node, ...]) -> Members:
    return Members("node-1", tuple({node.node: node for node in nodes} for nodes in partitions))


def membership(directory: Path, *, joined: bool = False) -> Membership:
    address = Address("127.0.0.1", 0)
    settings = NodeSettings("us-east-1", address, address, partitions=2, joined=joined, directory=directory)
    return Membership(replace(settings), MemoryStore())


@pytest.mark.parametrize(
    ("partitions", "joined", "standing"),
    [
        (((), ()), False, Standing.ALONE),
        (((), ()), True, Standing.STRANGER),
        (((OWN,), ()), True, Standing.STRANGER),
        (((OWN,), (OWN,)), True, Standing.ALONE),
        (((OWN, OTHER), ()), False, Standing.MEMBER),
        (((OWN, OTHER), (OWN, OTHER)), True, Standing.MEMBER),
        (((OWN, GONE), (OWN, OTHER)), True, Standing.MEMBER),
        (((OWN, GONE), (OWN, GONE)), True, Standing.ALONE),
        (((OWN._replace(removed=True), OTHER), (OWN, OTHER)), True, Standing.REMOVED),
    ],
)
def test_how_a_node_stands(
    tmp_path: Path, partitions: tuple[tuple[Node, ...], ...], joined: bool, standing: Standing
) -> None:
    assert membership(tmp_path, joined=joined).standing(members(*partitions), NOW) is standing


def test_who_may_have_company_is_not_alone_before_the_token_has_run_out(tmp_path: Path) -> None:
    region = membership(tmp_path)
    region.mark(b"token", NOW)
    latest = NOW + CLOCKS_APART_MOST
    assert region.standing(members((), ()), latest) is Standing.MEMBER
    assert region.standing(members((), ()), latest + 1) is Standing.ALONE


def test_a_mark_counts_no_more_once_every_partition_knows_its_node(tmp_path: Path) -> None:
    region = membership(tmp_path)
    region.mark(b"token", NOW)
    assert region.standing(members((OWN, GONE), (OWN,)), NOW) is Standing.MEMBER
    assert region.standing(members((OWN, GONE), (OWN, GONE)), NOW) is Standing.ALONE


def test_another_node_counts_only_while_no_partition_has_removed_it() -> None:
    assert members((OWN, GONE), (OWN, OTHER)).others() == {}
    assert members((OWN,), (OWN, OTHER)).others() == {"node-2": OTHER}
