"""What is loaded to read a command line: each process of a region pays for it, and so does every command."""

import subprocess
import sys

from tests.running import child_environment

LOADED = "import sys, services.cli.main as cli; cli._parser(); print('\\n'.join(sys.modules))"


def test_a_command_line_is_read_without_a_regions_code() -> None:
    command = [sys.executable, "-P", "-c", LOADED]
    loaded = subprocess.run(command, env=child_environment(), capture_output=True, text=True, check=True).stdout.split()
    assert "services.cli.node_arguments" in loaded
    assert [name for name in loaded if name.startswith(("services.region_node", "cryptography", "botocore"))] == []
