"""What is loaded to read a command line, and by each process: every start pays for it."""

import subprocess
import sys
from collections.abc import Mapping

import pytest

from tests.running import child_environment

COMMAND_LINE = "services.cli.main as cli; cli._parser()"
NEEDLESS: Mapping[str, tuple[str, ...]] = {
    COMMAND_LINE: ("services.region_node", "cryptography", "botocore", "importlib.metadata"),
    "services.cli.up.up": ("services.region_node.requests.call", "Crypto", "pkcs11", "botocore", "aiokafka"),
    "services.cli.node.node": (
        "services.region_node.requests.call",
        "replication.state.view",
        "cryptography.x509",
        "aiokafka",
    ),
    "services.cli.accounts.accounts": (
        "services.region_node.requests.call",
        "Crypto",
        "pkcs11",
        "jwt",
        "botocore",
        "aiokafka",
    ),
    "services.region_node.supervisor": (
        "services.region_node.requests.call",
        "Crypto",
        "cffi",
        "pkcs11",
        "jwt",
        "aiokafka",
    ),
    "services.front_door.main": ("services.region_node.requests.call", "cryptography", "Crypto", "pkcs11", "jwt"),
    "services.region_node.worker.worker": ("Crypto", "cffi", "pkcs11", "botocore"),
    "services.region_node.replicator.process": ("Crypto", "cffi", "pkcs11", "jwt", "botocore", "aiokafka"),
    "services.audit.auditor_process": (
        "services.region_node.requests.call",
        "Crypto",
        "cffi",
        "pkcs11",
        "jwt",
        "aiokafka",
    ),
}
"""Who is loaded -> what it has no need of before it is asked for it: code of others, and libraries that take long."""


@pytest.mark.parametrize("loaded", NEEDLESS)
def test_a_process_loads_what_it_needs_and_no_more(loaded: str) -> None:
    command = [sys.executable, "-P", "-c", f"import sys, {loaded}; print('\\n'.join(sys.modules))"]
    told = subprocess.run(command, env=child_environment(), capture_output=True, text=True, check=True).stdout.split()
    assert "shared" in told
    assert [name for name in told if f"{name}.".startswith(tuple(f"{other}." for other in NEEDLESS[loaded]))] == []
