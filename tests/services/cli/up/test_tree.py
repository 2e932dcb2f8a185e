"""The processes that a start begins: what each inherits."""

from pathlib import Path

import pytest

from services.cli.up.topology import Topology, node_settings
from services.cli.up.tree import door_child, node_child
from services.processes.child import ChildCommand
from services.processes.command_line import PASSPHRASE_FILE_VARIABLE, PASSPHRASE_VARIABLE
from services.region_node.supervisor import Inherited, node_children

TOPOLOGY = Topology(("us-east-1",), Path("/nowhere"), 8100, 2, kafka=False)
NODE = node_settings(TOPOLOGY, "us-east-1")


@pytest.mark.parametrize("variable", [PASSPHRASE_VARIABLE, PASSPHRASE_FILE_VARIABLE])
def test_only_who_opens_keys_inherits_the_passphrase(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def inherits(child: ChildCommand) -> bool:
        assert child.environment is not None
        return variable in child.environment

    monkeypatch.setenv(variable, "correct horse")
    children = [child for phase in node_children(NODE, Inherited(1, 2, 3, 4)) for child in phase]
    assert [child.name for child in children] == ["worker-1", "worker-2", "replicator", "auditor"]
    assert all(map(inherits, [node_child(NODE, 3), *children]))
    assert not inherits(door_child(TOPOLOGY, 1, 3))
